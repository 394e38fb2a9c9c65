import { Readable } from 'node:stream';
import { spec, type TestEvent } from 'node:test/reporters';

/** Reporter for node:test: `spec` without its closing lines, which `npm test` writes once for all files. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const text of Readable.from(withoutTotals(events)).pipe(new spec())) {
    yield String(text);
  }
}

async function* withoutTotals(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    const isTotal = event.type === 'test:diagnostic' && event.data.nesting === 0 && /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(event.data.message);
    if (!isTotal) {
      yield event;
    }
  }
}
