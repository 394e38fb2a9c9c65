import type { Signature } from '../../contract/registry.ts';
import type { ServingConfig } from '../../contract/servingConfig.ts';
import type { ColumnKind } from './column.ts';

/** One column of a model's input, or its answers. */
export interface ColumnSpec {
  readonly name: string;
  /** As in the signature. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** Of a tensor, whose values are one column together: the first dimension is the rows, -1 a length that varies. */
  readonly shape?: readonly number[];
  /** A tensor that the signature gives no name. */
  readonly isUnnamed?: boolean;
}

const numericTypes = /^(?:integer|long|float|double|u?int\d+|float\d+|complex\d+)$/;
const fractionTypes = /^(?:float|double|float\d+)$/;
const mostColumns = 1000;
/** What the values of a tensor without a name go under. */
const unnamedTensor = 'input';

/** The width of a table that a model got as an array, whose columns have no names; undefined for every other tensor. */
function tableWidth({ name, shape = [] }: Signature['inputs'][number]): number | undefined {
  const [, width = 1] = shape;
  return name === undefined && shape.length <= 2 && width >= 1 && width <= mostColumns ? width : undefined;
}

/**
 * The input columns of a signature: by name, or by position where they have none (`0`, `1`, ...), as those of an array of rows. A tensor that
 * has a name, more dimensions or more positions than a table is one column with its shape: pixels and embeddings say nothing one by one.
 */
export function inputColumns(signature: Signature | undefined): ColumnSpec[] {
  const inputs = signature?.inputs ?? [];
  const [only] = inputs;
  if (inputs.length === 1 && only?.shape !== undefined) {
    const width = tableWidth(only);
    return width === undefined ? [{ ...tensorColumn(only, unnamedTensor), isUnnamed: only.name === undefined }] : Array.from({ length: width }, (_, index) => ({ name: String(index), type: only.type, kind: kindOf(only.type) }));
  }
  return inputs.slice(0, mostColumns).map((input, index) => tensorColumn(input, String(index)));
}

function tensorColumn({ name, type, shape }: Signature['inputs'][number], otherwise: string): ColumnSpec {
  // A vector of one value a row is a column like any other.
  const isTensor = shape !== undefined && shape.length > 1;
  return { name: name ?? otherwise, type, kind: kindOf(type), ...(isTensor ? { shape } : {}) };
}

/** How many values of a column one row has; undefined where rows differ. */
export function valuesPerRow({ shape = [] }: Pick<ColumnSpec, 'shape'>): number | undefined {
  const inner = shape.slice(1);
  return inner.some((size) => size < 0) ? undefined : inner.reduce((product, size) => product * size, 1);
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

/** What a release answers, where its serving config says. */
export type Decision = Pick<ServingConfig, 'method' | 'threshold' | 'costs' | 'after'>;

/** The answers of a release, which may be others than its model was logged with: of labels with probabilities the labels. Undefined where a function of its own makes them. */
export function answerColumn(signature: Signature | undefined, { method, threshold, costs, after }: Decision): ColumnSpec | undefined {
  if (after !== undefined) {
    return undefined;
  }
  if (method === 'predict_proba') {
    return { name: 'probability', type: 'double', kind: 'numeric' };
  }
  if (method === 'both' || threshold !== undefined || costs !== undefined) {
    return { name: 'label', type: signature?.outputs[0]?.type ?? 'string', kind: 'categorical' };
  }
  return predictionColumn(signature);
}
