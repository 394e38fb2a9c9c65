import { readFile } from 'node:fs/promises';
import { useFile, type BlobReader } from '../artifacts/blobs.ts';
import { Problem } from '../platform/errors.ts';
import { readPythonJson } from '../platform/pythonJson.ts';
import { fileOf, serializationOf, type ServedFlavor } from './flavors.ts';
import { readMlmodel, textSetting, type ExampleInfo, type Mlmodel } from './mlmodel.ts';
import type { ModelFile } from './modelFile.ts';
import { packageLines } from './requirements.ts';
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
  /** Files that are unpickled when the model is loaded. */
  readonly pickles: readonly ModelFile[];
  /** Top-level modules in the code folder that was logged with the model. */
  readonly ownModules: ReadonlySet<string>;
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
    pickles: picklesOf(files, served, mlmodel),
    ownModules: new Set(files.map(({ path: file }) => /^code\/([^/.]+)/.exec(file)?.[1]).filter((module) => module !== undefined)),
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
  const saved = textSetting(settings, flavor.versionField);
  const requirements = (await read('requirements.txt')) ?? (saved === undefined ? undefined : `${flavor.packages[0] ?? flavor.module}==${saved}\n`);
  if (requirements === undefined) {
    throw new Problem('invalid-input', `The model ${name} has no requirements.txt, so its environment is not known.`, {
      field: 'requirements.txt',
      remedy: 'Log it with pip_requirements.',
    });
  }
  return requirements;
}

function picklesOf(files: readonly ModelFile[], served: ServedFlavor, mlmodel: Mlmodel): ModelFile[] {
  const unpickled = served.flavor.serialization.pickled.includes(serializationOf(served)) ? fileOf(served, mlmodel) : undefined;
  return files.filter(({ path }) => /\.(pkl|pickle|joblib)$/.test(path) || path === unpickled);
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
