import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { useFile, type BlobReader } from '../artifacts/blobs.ts';
import { Problem } from '../platform/errors.ts';
import { readPythonJson } from '../platform/pythonJson.ts';
import { fileOf, serializationOf, type ServedFlavor } from './flavors.ts';
import { readMlmodel, textSetting, type ExampleInfo, type Mlmodel } from './mlmodel.ts';
import type { ModelFile } from './modelFile.ts';
import { normalizedName, packageLines, readRequirements } from './requirements.ts';
import { pinnedPackages, requireSavedVersion, requireServable } from './servable.ts';

/** What the files of a model say about serving it. */
export interface ServableModel {
  readonly served: ServedFlavor;
  /** Such as `3.11`; absent where the model does not say. */
  readonly python?: string;
  /** Package lines alone. */
  readonly requirements: string;
  readonly constraints?: string;
  /** Body of a request, recorded with the model; undefined where there is none. */
  readonly example: unknown;
  /** The file that is unpickled when the model is loaded, and how it was written; undefined where none is said to be. */
  readonly unpickled: { readonly file: string; readonly serialization: string } | undefined;
  /** Top-level modules of the code that was logged with the model. */
  readonly ownModules: ReadonlySet<string>;
  /** The packages that brought each top-level module of the kernel that the model comes from; empty where it is not known. */
  readonly modules: ReadonlyMap<string, readonly string[]>;
}

type ReadText = (path: string) => Promise<string | undefined>;

/**
 * Reads MLmodel, the requirements and the example of a model, and refuses what cannot be served. Nothing is loaded or installed.
 * @throws Problem `invalid-input` that names the setting or file at fault
 */
export async function readServableModel(name: string, files: readonly ModelFile[], blobs: Pick<BlobReader, 'materialize'>): Promise<ServableModel> {
  const read: ReadText = async (wanted) => {
    const file = files.find(({ path }) => path === wanted);
    return file === undefined ? undefined : useFile(blobs.materialize(file.sha256), (content) => readFile(content, 'utf8'));
  };
  const mlmodel = await requireMlmodel(name, read);
  const served = requireServable(name, mlmodel);
  const requirements = packageLines(await requireRequirements(name, served, read), 'requirements.txt');
  requireSavedVersion(name, served, pinnedPackages(requirements), 'pinned in its requirements.txt');
  const constraints = await read('constraints.txt');
  const python = /^(\d+\.\d+)/.exec(mlmodel.python ?? '')?.[1];
  return {
    served,
    requirements,
    example: await readExample(mlmodel.example, read),
    unpickled: unpickledBy(served, mlmodel),
    ownModules: new Set(codeFolders(served, mlmodel).flatMap((folder) => modulesIn(folder, files))),
    modules: mlmodel.modules,
    ...(python === undefined ? {} : { python }),
    ...(constraints === undefined ? {} : { constraints: packageLines(constraints, 'constraints.txt') }),
  };
}

async function requireMlmodel(name: string, read: ReadText): Promise<Mlmodel> {
  const text = await read('MLmodel');
  if (text === undefined) {
    throw new Problem('invalid-input', `The model ${name} has no MLmodel file.`, {
      field: 'MLmodel',
      remedy: 'Log it with mlflow, for example mlflow.sklearn.log_model, in an experiment whose artifacts the companion keeps.',
    });
  }
  const mlmodel = readMlmodel(text);
  if (mlmodel === undefined) {
    throw new Problem('invalid-input', `The MLmodel file of ${name} cannot be read.`, { field: 'MLmodel', remedy: 'Log the model again.' });
  }
  return mlmodel;
}

async function requireRequirements(name: string, { flavor, settings }: ServedFlavor, read: ReadText): Promise<string> {
  const saved = flavor.versionField === undefined ? undefined : textSetting(settings, flavor.versionField);
  const requirements = (await read('requirements.txt')) ?? (saved === undefined ? undefined : `${flavor.packages[0] ?? flavor.module}==${saved}\n`);
  if (requirements === undefined) {
    throw new Problem('invalid-input', `The model ${name} has no requirements.txt, so its environment is not known.`, {
      field: 'requirements.txt',
      remedy: 'Log it with pip_requirements.',
    });
  }
  if (flavor.byMlflow && !readRequirements(requirements).some((item) => flavor.packages.includes(normalizedName(item.name)))) {
    throw new Problem('invalid-input', `The model ${name} is loaded by mlflow, which its requirements.txt does not name.`, {
      field: 'requirements.txt',
      remedy: 'Log it with mlflow, or mlflow-skinny with numpy and pandas, in pip_requirements, beside all that the model itself imports.',
    });
  }
  return requirements;
}

function unpickledBy(served: ServedFlavor, mlmodel: Mlmodel): ServableModel['unpickled'] {
  const serialization = serializationOf(served);
  const file = served.flavor.serialization.pickled.includes(serialization) ? fileOf(served, mlmodel) : undefined;
  return file === undefined ? undefined : { file: path.posix.normalize(file), serialization };
}

/** Folders of the code that was logged with a model, as it names them. */
function codeFolders({ settings }: ServedFlavor, mlmodel: Mlmodel): string[] {
  const named = [settings, mlmodel.flavors.get('python_function')].map((place) => textSetting(place, 'code'));
  return named.filter((folder) => folder !== undefined).map((folder) => path.posix.normalize(folder).replace(/\/$/, ''));
}

function modulesIn(folder: string, files: readonly ModelFile[]): string[] {
  return files.flatMap(({ path: file }) => (file.startsWith(`${folder}/`) ? [/^[^/.]*/.exec(file.slice(folder.length + 1))?.[0] ?? ''] : []));
}

async function readExample(info: ExampleInfo, read: ReadText): Promise<unknown> {
  const readJson = async (file: string): Promise<unknown> => {
    const text = await read(file);
    return text === undefined ? undefined : readPythonJson(text);
  };
  const request = await readJson(info.request ?? 'serving_input_example.json');
  if (request !== undefined) {
    return request;
  }
  // Older models have the example alone, without the request around it.
  const bare = info.bare === undefined ? undefined : await readJson(info.bare);
  return bare !== undefined && info.kind === 'dataframe' && info.orient === 'split' ? { dataframe_split: bare } : undefined;
}
