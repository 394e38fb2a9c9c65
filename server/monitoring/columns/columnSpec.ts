import type { Signature } from '../../contract/registry.ts';
import type { ColumnKind } from './column.ts';

/** One column of a model's input, or its answers. */
export interface ColumnSpec {
  readonly name: string;
  /** As in the signature. */
  readonly type: string;
  readonly kind: ColumnKind;
}

const numericTypes = /^(?:integer|long|float|double|u?int\d+|float\d+|complex\d+)$/;
const fractionTypes = /^(?:float|double|float\d+)$/;
/** Wider inputs are tensors of pixels or embeddings, whose single columns say nothing. */
const mostColumns = 1000;

/**
 * The input columns of a signature: by name, by position where they have none (`0`, `1`, ...), or the last dimension of a tensor.
 * Empty when they cannot be told.
 */
export function inputColumns(signature: Signature | undefined): ColumnSpec[] {
  const inputs = signature?.inputs ?? [];
  const [only] = inputs;
  if (inputs.length === 1 && only?.shape !== undefined) {
    const width = only.shape.length < 2 ? 1 : (only.shape.at(-1) ?? 0);
    return only.shape.length > 2 || width < 1 || width > mostColumns
      ? []
      : Array.from({ length: width }, (_, index) => ({ name: only.name ?? String(index), type: only.type, kind: kindOf(only.type) }));
  }
  return inputs.slice(0, mostColumns).map(({ name, type }, index) => ({ name: name ?? String(index), type, kind: kindOf(type) }));
}

function kindOf(type: string): ColumnKind {
  return numericTypes.test(type) ? 'numeric' : 'categorical';
}

/** The answers: whole numbers, texts and booleans are labels; fractions, and pairs of class probabilities, are numbers. */
export function predictionColumn(signature: Signature | undefined): ColumnSpec | undefined {
  const output = signature?.outputs[0];
  if (output === undefined) {
    return undefined;
  }
  const classes = output.shape !== undefined && output.shape.length > 1 ? (output.shape.at(-1) ?? 1) : 1;
  const numeric = fractionTypes.test(output.type) && (classes === 1 || classes === 2 || classes === -1);
  return { name: output.name ?? 'prediction', type: output.type, kind: numeric ? 'numeric' : 'categorical' };
}
