import { readFileSync } from 'node:fs';
import type { TestEvent } from 'node:test/reporters';
import { noTests, type Counts } from './counts.ts';

/** A line of a progress file. */
type Line = { readonly starts: string } | { readonly ends: string; readonly outcome?: keyof Counts } | { readonly counts: Counts };

/** What a progress file says about the tests of one file. */
export interface Progress {
  readonly counts: Counts;
  /** False when the program ended before it had counted its tests. */
  readonly complete: boolean;
  /** Tests that had started and not ended, the outermost first. */
  readonly running: readonly string[];
}

/** Reporter for node:test: one JSON line when a test starts and when it ends, and one with the counts at the end. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const line = (value: Line): string => `${JSON.stringify(value)}\n`;
  for await (const event of events) {
    if (event.type === 'test:dequeue') {
      yield line({ starts: event.data.name });
    } else if (event.type === 'test:complete') {
      const { name, skip, todo, details } = event.data;
      const outcome = isSet(skip) || isSet(todo) ? 'skipped' : details.passed ? 'passed' : 'failed';
      // A group of tests is none itself.
      yield line(details.type === 'suite' ? { ends: name } : { ends: name, outcome });
    } else if (event.type === 'test:summary') {
      const { tests, passed, skipped, todo } = event.data.counts;
      yield line({ counts: { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo } });
    }
  }
}

function isSet(directive: string | boolean | undefined): boolean {
  return directive !== undefined && directive !== false;
}

/** Reads a progress file; that of a program which was ended in the middle counts what had ended by then. */
export function readProgress(file: string): Progress {
  const running: string[] = [];
  let counts = noTests;
  for (const line of readLines(file)) {
    if ('counts' in line) {
      return { counts: line.counts, complete: true, running: [] };
    }
    if ('starts' in line) {
      running.push(line.starts);
    } else {
      running.splice(running.lastIndexOf(line.ends), 1);
      counts = line.outcome === undefined ? counts : { ...counts, [line.outcome]: counts[line.outcome] + 1 };
    }
  }
  return { counts, complete: false, running };
}

/** Without a last line that is not whole. */
function readLines(file: string): Line[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1).map((text) => JSON.parse(text) as Line);
  } catch {
    return [];
  }
}
