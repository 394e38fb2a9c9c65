import type { DriftFigure } from '../../contract/monitoring.ts';
import type { Column, ColumnKind } from '../columns/column.ts';
import { driftMethods } from './methods.ts';

export interface DriftInput {
  readonly kind: ColumnKind;
  readonly baseline: Column | undefined;
  /** Live values of the release that the baseline belongs to. */
  readonly window: Column | undefined;
  /** What is said where there is no baseline. */
  readonly withoutBaseline: string;
}

/** What each method that fits says of a feature, the one that is shown first among them. */
export function measureDrift({ kind, baseline, window, withoutBaseline }: DriftInput): DriftFigure[] {
  return driftMethods
    .filter(({ kinds }) => kinds.includes(kind))
    .map(({ id, label, defaultFor, measure }) => ({
      method: id,
      label,
      isDefault: defaultFor.includes(kind),
      rows: window?.count ?? 0,
      result:
        baseline === undefined
          ? { kind: 'not-evaluated', reason: withoutBaseline }
          : window === undefined
            ? { kind: 'not-evaluated', reason: 'no rows in this span' }
            : measure(baseline, window),
    }));
}
