import type { Column } from '../columns/column.ts';
import { countsOf } from './compared.ts';

const fewRows = 1000;
const fewNumbers = 5;

/**
 * The method that Evidently 0.7.21 takes when none is named, by the kind of a column, how many rows the baseline has and how many distinct values there
 * are on both sides (`legacy/calculations/stattests/registry.py`, `_get_default_stattest`). The window's rows play no part.
 * @returns the id of a method here; undefined where the columns cannot be compared
 */
export function evidentlyDefault(baseline: Column, window: Column): string | undefined {
  const counts = countsOf(baseline, window);
  if ('reason' in counts) {
    return undefined;
  }
  const isSmall = baseline.count <= fewRows;
  const values = counts.baseline.length;
  if (baseline.kind === 'numeric' && values > fewNumbers) {
    return isSmall ? 'ks' : 'wasserstein';
  }
  return isSmall ? (values > 2 ? 'evidently-chi-square' : 'z') : 'evidently-jensen-shannon';
}
