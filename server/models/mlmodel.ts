import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { Signature } from '../contract/registry.ts';

/** What a model's own files say about it. */
export interface ModelDescription {
  readonly flavors: readonly string[];
  readonly signature: Signature | undefined;
  readonly python: string | undefined;
  /** Size of all files, where the model says it. */
  readonly bytes: number | undefined;
}

const mlmodel = z.object({
  flavors: z.record(z.string(), z.unknown()).default({}),
  signature: z.object({ inputs: z.string().nullish(), outputs: z.string().nullish() }).nullish(),
  model_size_bytes: z.number().nullish(),
});
const pythonFunction = z.object({ python_version: z.coerce.string().optional() });
const column = z.object({
  name: z.string().optional(),
  type: z.string(),
  required: z.boolean().optional(),
  'tensor-spec': z.object({ dtype: z.string(), shape: z.array(z.number()) }).optional(),
});

function parseColumns(text: string | null | undefined): Signature['inputs'] {
  if (text === null || text === undefined) {
    return [];
  }
  const value: unknown = JSON.parse(text);
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

/** What a model without a readable file says. */
export const undescribed: ModelDescription = { flavors: [], signature: undefined, python: undefined, bytes: undefined };

/** Reads an `MLmodel` file; what it does not say or says wrongly is absent. */
export function describeModel(text: string): ModelDescription {
  try {
    const { flavors, signature, model_size_bytes: bytes } = mlmodel.parse(parseYaml(text));
    const inputs = parseColumns(signature?.inputs);
    const outputs = parseColumns(signature?.outputs);
    return {
      flavors: Object.keys(flavors).sort(),
      signature: signature === null || signature === undefined ? undefined : { inputs, outputs },
      python: pythonFunction.safeParse(flavors['python_function']).data?.python_version,
      bytes: bytes ?? undefined,
    };
  } catch {
    return undescribed;
  }
}
