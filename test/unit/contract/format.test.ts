import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetric } from '../../../webview/ui/format.ts';
import { formatBytes } from '../../../server/contract/format/bytes.ts';
import { isDigest, shortDigest, shortDigests } from '../../../server/contract/format/digests.ts';
import { formatAge, formatDuration, formatLatency } from '../../../server/contract/format/durations.ts';
import { formatNumber, formatShare } from '../../../server/contract/format/numbers.ts';
import { plural } from '../../../server/contract/format/plural.ts';

test('numbers keep four significant digits, and whole numbers all of theirs', () => {
  assert.deepEqual(
    [0.847193, 12.34567, 0, 1234567, 3859, -0.5, 0.00001234, 1.5e12, 20480.75].map((value) => formatNumber(value)),
    ['0.8472', '12.35', '0', '1,234,567', '3,859', '−0.5', '1.234e−5', '1.5e12', '20,481'],
  );
});

test('metrics that are no finite numbers read as such', () => {
  assert.deepEqual([formatMetric('NaN'), formatMetric('Infinity'), formatMetric('-Infinity')], ['NaN', '∞', '−∞']);
  assert.deepEqual([formatMetric(Number.MAX_VALUE), formatMetric(-Number.MAX_VALUE), formatMetric(1.7e308)], ['∞', '−∞', '1.7e308']);
});

test('a small share never reads as none', () => {
  assert.deepEqual([0, 0.00001, 0.0123, 0.5, 1].map(formatShare), ['0%', '<0.01%', '1.2%', '50%', '100%']);
});

test('durations show their two largest units', () => {
  assert.deepEqual(
    [212, 4210, 42_300, 60_000, 94_000, 3 * 3_600_000 + 60_000, 4 * 86_400_000].map(formatDuration),
    ['212 ms', '4.21 s', '42 s', '1 min', '1 min 34 s', '3 h 1 min', '4 d'],
  );
});

test('no duration reads as 60 s or 60 min', () => {
  assert.deepEqual([59_600, 3_599_700, 86_399_000].map(formatDuration), ['1 min', '1 h', '1 d']);
});

test('latencies turn to seconds at one second', () => {
  assert.deepEqual([4.607, 999, 1200].map(formatLatency), ['4.61 ms', '999 ms', '1.2 s']);
});

test('times are told relative to now for a week, then as dates', () => {
  const now = Date.UTC(2026, 5, 15, 12);
  assert.deepEqual(
    [1000, 30_000, 5 * 60_000, 3 * 3_600_000, 2 * 86_400_000, 30 * 86_400_000].map((age) => formatAge(now - age, now)),
    ['just now', '30 s ago', '5 min ago', '3 h ago', '2 d ago', 'May 16'],
  );
});

test('bytes are counted by thousands', () => {
  assert.deepEqual(
    [0, 512, 999, 1000, 1536, 2048, 9_960, 999_499, 999_500, 10 * 1024 * 1024, 5e9, 3.2e15].map(formatBytes),
    ['0 B', '512 B', '999 B', '1 kB', '1.5 kB', '2 kB', '10 kB', '999 kB', '1 MB', '10.5 MB', '5 GB', '3,200 TB'],
  );
});

test('counts carry their noun', () => {
  assert.deepEqual([plural(0, 'run'), plural(1, 'run'), plural(3000, 'run'), plural(2, 'metric was', 'metrics were')], ['0 runs', '1 run', '3,000 runs', '2 metrics were']);
});

test('digests are shown by their first 12 characters, also inside of a text', () => {
  const [md5, sha256] = ['0123456789abcdef'.repeat(2), 'fedcba9876543210'.repeat(4)] as const;
  assert.equal(shortDigest(sha256), 'fedcba987654');
  assert.equal(shortDigests(`from ${md5} to ${sha256}, not ${md5}0`), `from 0123456789ab to fedcba987654, not ${md5}0`);
  assert.deepEqual([md5, sha256, `${md5}0`, ` ${md5}`, 'words'].map(isDigest), [true, true, false, false, false]);
});
