import { z } from 'zod';
import { isRecord } from '../../contract/values.ts';

const request = z.union([
  z.object({ dataframe_split: z.object({ data: z.array(z.unknown()) }) }).transform(({ dataframe_split }) => dataframe_split.data.length),
  z.object({ dataframe_records: z.array(z.unknown()) }).transform(({ dataframe_records }) => dataframe_records.length),
  z.object({ instances: z.array(z.unknown()) }).transform(({ instances }) => instances.length),
  z.object({ inputs: z.array(z.unknown()) }).transform(({ inputs }) => inputs.length),
  z.object({ inputs: z.record(z.string(), z.unknown()) }).transform(({ inputs }) => {
    const lengths = Object.values(inputs).map((column) => (Array.isArray(column) ? column.length : undefined));
    return lengths.every((length) => length === lengths[0]) ? lengths[0] : undefined;
  }),
]);

/** Rows of a request to `/invocations`; undefined when its form does not say. */
export function rowsOf(value: unknown): number | undefined {
  const parsed = request.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

const response = z.object({ predictions: z.unknown() });

/** Results of the same arithmetic on another machine differ in the last digits only: of 53 bits, of 24, of 11. Whole numbers do not differ. */
const tolerances: readonly (readonly [type: RegExp, tolerance: number])[] = [
  [/^(?:u?int\d+|bool(?:ean)?)$/i, 0],
  [/^(?:b?float16|half)$/i, 1e-2],
  [/^(?:float32|float|single)$/i, 1e-5],
];
const otherTolerance = 1e-6;

const toleranceOf = (dtype: string): number => tolerances.find(([type]) => type.test(dtype))?.[1] ?? otherTolerance;

/** The type of predictions as numpy names it, or of each column. */
type Dtype = string | Readonly<Record<string, string>>;

/**
 * What is wrong with an answer of `/invocations`, in words; undefined when it is as it should be.
 * @param recorded the answer that is expected; undefined when none was recorded yet
 * @param rows how many predictions there have to be; undefined when it is not known
 * @param dtype of the recorded predictions; it says how many of their digits count
 */
export function compareAnswers(answer: unknown, recorded: unknown, rows: number | undefined, dtype: Dtype = ''): string | undefined {
  const parsed = response.safeParse(answer);
  if (!parsed.success || parsed.data.predictions === undefined) {
    return 'The answer has no "predictions".';
  }
  const { predictions } = parsed.data;
  const count = Array.isArray(predictions) ? predictions.length : undefined;
  if (rows !== undefined && count !== undefined && count !== rows) {
    return `The example has ${rows} rows, the answer ${count} predictions.`;
  }
  const expected = response.safeParse(recorded);
  if (!expected.success || expected.data.predictions === undefined) {
    return undefined;
  }
  const where = firstDifference(predictions, expected.data.predictions, 'predictions', dtype);
  return where === undefined ? undefined : `The answer differs from the recorded one at ${where}.`;
}

function firstDifference(actual: unknown, expected: unknown, at: string, dtype: Dtype): string | undefined {
  if (typeof actual === 'number' && typeof expected === 'number') {
    const tolerance = toleranceOf(typeof dtype === 'string' ? dtype : '');
    const close = Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
    return close ? undefined : `${at}: ${actual} instead of ${expected}`;
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) {
      return `${at}: ${actual.length} values instead of ${expected.length}`;
    }
    return firstOf(actual.map((item, index) => firstDifference(item, expected[index], `${at}[${index}]`, dtype)));
  }
  if (isRecord(actual) && isRecord(expected)) {
    const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
    return firstOf([...keys].map((key) => firstDifference(actual[key], expected[key], `${at}.${key}`, typeof dtype === 'string' ? dtype : (dtype[key] ?? ''))));
  }
  return Object.is(actual, expected) ? undefined : `${at}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}

function firstOf(differences: readonly (string | undefined)[]): string | undefined {
  return differences.find((difference) => difference !== undefined);
}
