import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expose, type Family } from '../../../server/platform/exposition.ts';

const requests: Family = { name: 'slipway_requests_total', kind: 'counter', help: 'A "count"\nof \\ two.', samples: [{ labels: { endpoint: 'churn', gone: undefined }, value: 3 }] };

function linesOf(families: readonly Family[], accept?: string): string[] {
  return expose(families, accept).text.split('\n');
}

describe('the exposition of metrics', () => {
  it('is the text format where nothing else is asked for', () => {
    const { contentType, text } = expose([requests], undefined);
    assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(text, '# HELP slipway_requests_total A "count"\\nof \\\\ two.\n# TYPE slipway_requests_total counter\nslipway_requests_total{endpoint="churn"} 3\n');
  });

  it('is OpenMetrics for who asks, with the family named without its suffix', () => {
    const { contentType, text } = expose([requests], 'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5');
    assert.equal(contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    assert.equal(text, '# HELP slipway_requests A \\"count\\"\\nof \\\\ two.\n# TYPE slipway_requests counter\nslipway_requests_total{endpoint="churn"} 3\n# EOF\n');
  });

  it('adds the buckets of a histogram up', () => {
    assert.deepEqual(linesOf([{ name: 'slipway_wait_seconds', kind: 'histogram', help: 'Waits.', samples: [{ labels: { a: 'b' }, bounds: [0.5, 1], counts: [2, 0, 3], sum: 7.5 }] }]).slice(2), [
      'slipway_wait_seconds_bucket{a="b",le="0.5"} 2', 'slipway_wait_seconds_bucket{a="b",le="1"} 2', 'slipway_wait_seconds_bucket{a="b",le="+Inf"} 5', 'slipway_wait_seconds_sum{a="b"} 7.5', 'slipway_wait_seconds_count{a="b"} 5', '',
    ]);
  });

  it('keeps a hostile value in its label, short, and apart from others', () => {
    const columns = ['a"} 1\nforged 2', '\\', 'nul\u0000cr\r', 'half \ud800', 'half \udbff', `${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`];
    const lines = linesOf([{ name: 'slipway_distance', kind: 'gauge', help: 'Distance.', samples: columns.map((column, value) => ({ labels: { column }, value })) }]).slice(2, -1);
    assert.deepEqual(lines.slice(0, 4), ['slipway_distance{column="a\\"} 1\\nforged 2"} 0', 'slipway_distance{column="\\\\"} 1', 'slipway_distance{column="nul\ufffdcr\ufffd"} 2', 'slipway_distance{column="half \ufffd"} 3']);
    assert.equal(new Set(lines.map((line) => line.replace(/ \d+$/, ''))).size, 6, 'the second half character has the same labels as the first: it is left out');
    assert.equal(lines.length, 6);
    assert.ok(lines.slice(4).every((line) => line.length < 240));
  });
});
