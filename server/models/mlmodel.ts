import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { Signature } from '../contract/registry.ts';

/** The settings of one flavor, as the file has them. */
export type FlavorSettings = Readonly<Record<string, unknown>>;

/** Where a model's recorded example lies, below the model's folder. */
export interface ExampleInfo {
  /** Body of a request. */
  readonly request: string | undefined;
  /** The example alone, without the request around it. */
  readonly bare: string | undefined;
  /** Such as `dataframe` or `ndarray`. */
  readonly kind: string | undefined;
  /** How pandas wrote a DataFrame, such as `split`. */
  readonly orient: string | undefined;
}

/** What a model's `MLmodel` file says; what it does not say or says wrongly is absent. */
export interface Mlmodel {
  /** By name, sorted. */
  readonly flavors: ReadonlyMap<string, FlavorSettings>;
  readonly signature: Signature | undefined;
  /** Version of the Python that the model was logged with, such as `3.11.7`. */
  readonly python: string | undefined;
  /** Size of all files. */
  readonly bytes: number | undefined;
  readonly example: ExampleInfo;
  /** The packages that brought each top-level module of the kernel, where the cell that registered the model wrote them down. */
  readonly modules: ReadonlyMap<string, readonly string[]>;
}

const nothing: ExampleInfo = { request: undefined, bare: undefined, kind: undefined, orient: undefined };

/** What a model without a readable file says. */
export const emptyMlmodel: Mlmodel = { flavors: new Map(), signature: undefined, python: undefined, bytes: undefined, example: nothing, modules: new Map() };

const text = z.string().nullish().catch(undefined);
const document = z.looseObject({
  flavors: z.record(z.string(), z.unknown()).nullish(),
  signature: z.object({ inputs: text, outputs: text }).nullish().catch(undefined),
  model_size_bytes: z.number().nullish().catch(undefined),
  metadata: z.looseObject({ slipway_modules: z.record(z.string(), z.array(z.string())).optional() }).nullish().catch(undefined),
  saved_input_example_info: z.looseObject({ serving_input_path: text, artifact_path: text, type: text, pandas_orient: text }).nullish().catch(undefined),
});
const settings = z.record(z.string(), z.unknown());
const pythonVersion = z.union([z.string(), z.number()]).transform(String);
const column = z.object({
  name: z.string().optional(),
  type: z.string(),
  required: z.boolean().optional(),
  'tensor-spec': z.object({ dtype: z.string(), shape: z.array(z.number()) }).optional(),
});

/**
 * Reads an `MLmodel` file (https://mlflow.org/docs/latest/ml/model/#model-storage-format).
 * @returns undefined when it is no such file
 */
export function readMlmodel(content: string): Mlmodel | undefined {
  const parsed = document.safeParse(readYaml(content));
  if (!parsed.success) {
    return undefined;
  }
  const { flavors, signature, model_size_bytes: bytes, saved_input_example_info: info, metadata } = parsed.data;
  const byName = Object.entries(flavors ?? {}).map(([name, value]) => [name, settings.safeParse(value).data ?? {}] as const);
  const sorted = new Map(byName.sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    flavors: sorted,
    signature: signature == null ? undefined : readSignature(signature.inputs, signature.outputs),
    python: pythonVersion.safeParse(sorted.get('python_function')?.['python_version']).data,
    bytes: bytes ?? undefined,
    modules: new Map(Object.entries(metadata?.slipway_modules ?? {})),
    example:
      info == null
        ? nothing
        : { request: info.serving_input_path ?? undefined, bare: info.artifact_path ?? undefined, kind: info.type ?? undefined, orient: info.pandas_orient ?? undefined },
  };
}

/** A setting that is text; undefined where it is absent, empty or something else. */
export function textSetting(flavor: FlavorSettings | undefined, name: string): string | undefined {
  const value = flavor?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readYaml(content: string): unknown {
  try {
    // As PyYAML reads it in the model server, merge keys (<<) included.
    return parseYaml(content, { merge: true });
  } catch {
    return undefined;
  }
}

/** `inputs` and `outputs` are JSON in strings. */
function readSignature(inputs: string | null | undefined, outputs: string | null | undefined): Signature | undefined {
  try {
    return { inputs: readColumns(inputs), outputs: readColumns(outputs) };
  } catch {
    return undefined;
  }
}

function readColumns(json: string | null | undefined): Signature['inputs'] {
  if (json == null) {
    return [];
  }
  const value: unknown = JSON.parse(json);
  return (Array.isArray(value) ? value : [value]).map((entry) => {
    const { name, type, required, 'tensor-spec': tensor } = column.parse(entry);
    return {
      ...(name === undefined ? {} : { name }),
      type: tensor?.dtype ?? type,
      required: required ?? true,
      ...(tensor === undefined ? {} : { shape: tensor.shape }),
    };
  });
}
