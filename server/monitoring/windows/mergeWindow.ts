import { emptyLike, mergeColumn, type Column } from '../columns/column.ts';
import type { WindowStatistics } from './accumulate.ts';
import { sampleLimit } from './levels.ts';
import { addLost } from './lostRequests.ts';

/** Adds another window's statistics, which stay as they are. @param span the length of the window that is added to, in milliseconds @returns the window */
export function mergeWindow(into: WindowStatistics, other: WindowStatistics, span: number): WindowStatistics {
  into.requests += other.requests;
  into.clientErrors += other.clientErrors;
  into.serverErrors += other.serverErrors;
  into.rows += other.rows;
  into.unreadBodies += other.unreadBodies;
  into.lost = addLost(into.lost, other.lost);
  into.latency.addSketch(other.latency);
  const added = (known: Column | undefined, column: Column): Column => {
    const merged = known ?? emptyLike(column, sampleLimit(span));
    mergeColumn(merged, column);
    return merged;
  };
  for (const [name, column] of other.features) {
    into.features.set(name, added(into.features.get(name), column));
  }
  if (other.prediction !== undefined) {
    into.prediction = added(into.prediction, other.prediction);
  }
  return into;
}
