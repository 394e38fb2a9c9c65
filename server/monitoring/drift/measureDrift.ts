import type { DriftFigure } from '../../contract/monitoring.ts';
import type { Column, ColumnKind } from '../columns/column.ts';
import type { DriftMethod } from './driftMethod.ts';
import { driftMethods } from './methods.ts';

export interface DriftInput {
  readonly kind: ColumnKind;
  /** Whether the column's type has whole numbers alone. */
  readonly isWhole: boolean;
  readonly baseline: Column | undefined;
  /** Live values of the release that the baseline belongs to. */
  readonly window: Column | undefined;
  /** What is said where there is no baseline. */
  readonly withoutBaseline: string;
}

/** What the methods that read counts, or all that fit, say of a feature, the one that is shown first among them. */
export function measureDrift({ kind, isWhole, baseline, window, withoutBaseline }: DriftInput, which: 'counts' | 'all'): DriftFigure[] {
  return driftMethods
    .filter(({ kinds, reads }) => kinds.includes(kind) && (which === 'all' || reads === 'counts'))
    .map(({ id, label, defaultFor, measure }: DriftMethod) => ({
      method: id,
      label,
      isDefault: defaultFor.includes(kind),
      rows: window?.count ?? 0,
      result:
        baseline === undefined
          ? { kind: 'not-evaluated', reason: withoutBaseline }
          : window === undefined
            ? { kind: 'not-evaluated', reason: 'no rows in this span' }
            : measure(baseline, window, isWhole),
    }));
}
