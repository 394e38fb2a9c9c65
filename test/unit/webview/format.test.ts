import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatDuration, formatLatency, formatMetric, formatNumber, formatRelative, formatShare, plural } from '../../../webview/ui/format.ts';

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
    [1000, 30_000, 5 * 60_000, 3 * 3_600_000, 2 * 86_400_000, 30 * 86_400_000].map((age) => formatRelative(now - age, now)),
    ['just now', '30 s ago', '5 min ago', '3 h ago', '2 d ago', 'May 16'],
  );
});

test('bytes and counts carry their units', () => {
  assert.deepEqual([formatBytes(0), formatBytes(1536), formatBytes(5 * 1024 ** 3)], ['0 B', '1.5 KB', '5 GB']);
  assert.deepEqual([plural(1, 'run'), plural(2, 'run')], ['1 run', '2 runs']);
});
