import type { RuleId } from '../contract/alerts.ts';
import type { AlertTable } from './alertTable.ts';

/** An alert that has fired and goes on. */
export interface FiringAlert<R extends RuleId = RuleId> {
  readonly rule: R;
  readonly endpoint: string;
  readonly summary: string;
  /** Epoch milliseconds. */
  readonly firedAt: number;
}

export function firingAlerts<R extends RuleId>(table: Pick<AlertTable, 'current'>, endpoint: string, rules: readonly R[]): FiringAlert<R>[] {
  return rules.flatMap((rule) => {
    const current = table.current(endpoint, rule);
    return current?.state === 'firing' && current.firedAt !== null ? [{ rule, endpoint, summary: current.summary, firedAt: current.firedAt }] : [];
  });
}
