import type { LiveSpanRecord } from './endpointTable.ts';

/**
 * The last time of the release that a rollback goes to by default; undefined when there is none. A deploy goes a step on; a rollback goes
 * back over all that came after its release. So rollbacks in a row go further and further back, and to nothing that one of them has left.
 * A rollback to a release that had been rolled back from goes on again, as a deploy does.
 * @param spans an endpoint's history, the newest first
 */
export function wayBack(spans: readonly LiveSpanRecord[]): LiveSpanRecord | undefined {
  let way: LiveSpanRecord[] = [];
  /** Releases that rollbacks have left since the last deploy. */
  let left = new Set<string>();
  let before: LiveSpanRecord | undefined;
  for (const span of [...spans].reverse()) {
    const reached = before?.rolledBack === true ? way.findLastIndex(({ release }) => release === span.release) : -1;
    if (before === undefined || reached < 0) {
      left = new Set();
    } else {
      left.add(before.release);
    }
    way = [...(reached < 0 ? way : way.slice(0, reached)), span];
    before = span;
  }
  return way.findLast(({ release }) => release !== before?.release && !left.has(release));
}
