/** A label or a prediction: a number, or the name of a class. */
export type LabelValue = number | string;

const number = /^[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const truths: Readonly<Record<string, number>> = { true: 1, True: 1, TRUE: 1, false: 0, False: 0, FALSE: 0 };

/**
 * The value that is compared: truth values are 1 and 0, and text that writes a number is that number, so that a label from a CSV file equals the
 * prediction of an answer. Text with leading zeros stays text.
 * @returns undefined for what is neither a number, a text nor a truth value
 */
export function labelValueOf(value: unknown): LabelValue | undefined {
  switch (typeof value) {
    case 'boolean':
      return value ? 1 : 0;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'string': {
      const text = value.trim();
      return text === '' ? undefined : (truths[text] ?? (number.test(text) ? Number(text) : text));
    }
    default:
      return undefined;
  }
}

/** Orders classes as scikit-learn does: numbers by size, before texts by their code points. */
export function compareLabels(a: LabelValue, b: LabelValue): number {
  if (typeof a === 'number' && typeof b === 'number') {
    return a - b;
  }
  if (typeof a !== typeof b) {
    return typeof a === 'number' ? -1 : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
