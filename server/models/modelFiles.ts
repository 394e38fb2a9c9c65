import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { ModelVersion } from '../contract/registry.ts';
import { Problem } from '../platform/errors.ts';
import { readPythonJson } from '../platform/pythonJson.ts';
import type { Progress } from '../platform/command.ts';

export interface ModelFile {
  /** Below the model's folder, with forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What releases need of the registry. */
export interface ReleaseSources {
  /**
   * @param server URL of the MLflow server that holds the version; undefined for the companion's own registry
   * @throws Problem `not-found`
   */
  version(name: string, version: number, server?: string): ModelVersion | Promise<ModelVersion>;
  /** The model's files, on this machine: those of a server are fetched. */
  files(name: string, version: number, server: string | undefined, progress: Progress, signal: AbortSignal): readonly ModelFile[] | Promise<readonly ModelFile[]>;
  /** Path of a stored file. */
  blobPath(sha256: string): string;
  /** `name==version` lines of the kernel of a captured run; undefined where they were not recorded. */
  kernelPackages?(captureRunId: string): readonly string[] | undefined;
}

/** What the files of an MLflow model say about serving it. */
export interface ModelDescription {
  /** The flavor that is served: the library's own where the model server loads it, else `python_function`. */
  readonly flavor: string;
  /** Such as `3.11`; absent where the model does not say. */
  readonly python?: string;
  readonly requirements: string;
  readonly constraints?: string;
  /** Body of a request, recorded with the model; undefined where there is none. */
  readonly example: unknown;
  /** Files that are unpickled when the model is loaded. */
  readonly pickles: readonly ModelFile[];
  /** Top-level modules in the code folder that was logged with the model. */
  readonly ownModules: ReadonlySet<string>;
}

const flavorSchema = z.looseObject({
  python_version: z.string().nullish(),
  sklearn_version: z.string().nullish(),
  pickled_model: z.string().nullish(),
  serialization_format: z.string().nullish(),
});

const mlmodelSchema = z.object({
  flavors: z.record(z.string(), flavorSchema),
  saved_input_example_info: z
    .looseObject({
      artifact_path: z.string().nullish(),
      serving_input_path: z.string().nullish(),
      type: z.string().nullish(),
      pandas_orient: z.string().nullish(),
    })
    .nullish(),
});

/** Flavors that the model server loads without mlflow. */
export const nativeFlavors: ReadonlySet<string> = new Set(['sklearn']);

/**
 * Reads MLmodel, the requirements and the example of a model.
 * @throws Problem `invalid-input` when the model lacks what serving needs
 */
export async function describeModel(name: string, files: readonly ModelFile[], sources: ReleaseSources): Promise<ModelDescription> {
  const read = async (wanted: string): Promise<string | undefined> => {
    const file = files.find(({ path }) => path === wanted);
    return file === undefined ? undefined : readFile(sources.blobPath(file.sha256), 'utf8');
  };
  const text = await read('MLmodel');
  if (text === undefined) {
    throw new Problem('invalid-input', `The model ${name} has no MLmodel file.`, { remedy: 'Log it with mlflow, for example mlflow.sklearn.log_model, in an experiment whose artifacts the companion keeps.' });
  }
  const parsed = mlmodelSchema.safeParse(readYaml(text));
  if (!parsed.success) {
    throw new Problem('invalid-input', `The MLmodel file of ${name} cannot be read.`, { remedy: 'Log the model again.', cause: parsed.error });
  }
  const { flavors, saved_input_example_info: exampleInfo } = parsed.data;
  const own = Object.keys(flavors).filter((flavor) => flavor !== 'python_function');
  const flavor = own.find((candidate) => nativeFlavors.has(candidate)) ?? own[0] ?? 'python_function';
  const python = /^(\d+\.\d+)/.exec(flavors['python_function']?.python_version ?? '')?.[1];
  const sklearn = flavors['sklearn']?.sklearn_version;
  const requirements = (await read('requirements.txt')) ?? (sklearn == null ? undefined : `scikit-learn==${sklearn}\n`);
  if (requirements === undefined) {
    throw new Problem('invalid-input', `The model ${name} has no requirements.txt, so its environment is not known.`, {
      field: 'requirements.txt',
      remedy: 'Log it with pip_requirements.',
    });
  }
  const constraints = await read('constraints.txt');
  return {
    flavor,
    requirements,
    example: await readExample(exampleInfo ?? {}, read),
    pickles: files.filter(({ path: file }) => /\.(pkl|pickle|joblib)$/.test(file) || isPickled(flavors['sklearn'], file)),
    ownModules: new Set(files.map(({ path: file }) => /^code\/([^/.]+)/.exec(file)?.[1]).filter((module) => module !== undefined)),
    ...(python === undefined ? {} : { python }),
    ...(constraints === undefined ? {} : { constraints }),
  };
}

function isPickled(flavor: z.output<typeof flavorSchema> | undefined, file: string): boolean {
  return flavor?.pickled_model === file && flavor.serialization_format !== 'skops';
}

function readYaml(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return undefined;
  }
}

interface ExampleInfo {
  readonly artifact_path?: string | null | undefined;
  readonly serving_input_path?: string | null | undefined;
  readonly type?: string | null | undefined;
  readonly pandas_orient?: string | null | undefined;
}

async function readExample(info: ExampleInfo, read: (path: string) => Promise<string | undefined>): Promise<unknown> {
  const readJson = async (file: string): Promise<unknown> => {
    const text = await read(file);
    return text === undefined ? undefined : readPythonJson(text);
  };
  const serving = await readJson(info.serving_input_path ?? 'serving_input_example.json');
  if (serving !== undefined) {
    return serving;
  }
  // Older models have the example alone, without the request around it.
  const bare = info.artifact_path == null ? undefined : await readJson(info.artifact_path);
  return bare !== undefined && info.type === 'dataframe' && info.pandas_orient === 'split' ? { dataframe_split: bare } : undefined;
}
