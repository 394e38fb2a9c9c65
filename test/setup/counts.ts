import { readFileSync } from 'node:fs';
import type { TestEvent } from 'node:test/reporters';

/** How many tests of a suite ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noTests: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Sum of two counts. */
export function add(one: Counts, other: Counts): Counts {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed, skipped: one.skipped + other.skipped };
}

/** Reporter for `node --test`: writes the counts of the whole run as one JSON object. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === 'test:summary' && event.data.file === undefined) {
      const { tests, passed, skipped, todo } = event.data.counts;
      yield JSON.stringify({ passed, failed: tests - passed - skipped - todo, skipped: skipped + todo } satisfies Counts);
    }
  }
}

/** Counts of a pytest run from its `--junitxml` file. */
export function readJunit(file: string): Counts {
  const suite = /<testsuite\s([^>]*)>/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  const number = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = number('skipped');
  return { passed: number('tests') - failed - skipped, failed, skipped };
}
