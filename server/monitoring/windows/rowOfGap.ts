import type { LogGap } from '../../gateway/logLosses.ts';
import { emptyWindow, windowSpan } from './accumulate.ts';
import { lostOf } from './lostRequests.ts';
import type { TrafficRow } from './windowTable.ts';

/** What is missing in the log and not said by it yet, as a window without requests. */
export function rowOfGap(gap: LogGap): TrafficRow {
  const at = gap.from - (gap.from % windowSpan);
  return { ...emptyWindow(), release: gap.release ?? '', at, span: windowSpan, lost: lostOf(gap) };
}
