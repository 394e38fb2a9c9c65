import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, Run } from '../../../server/contract/tracking.ts';
import { changeText } from '../../../server/contract/metricChange.ts';
import { differencesOf, metricChanges, shownValues } from '../../../webview/tracking/differences.ts';

function run(runId: string, params: Run['params'], metrics: Run['metrics']): Run {
  return { runId, experimentId: '1', name: runId, status: 'FINISHED', source: 'logged', startedAt: 0, endedAt: 1000, user: 'ada', params, metrics, tags: {}, models: [] };
}

const [a, b, c] = [run('a', { depth: '3', kind: 'tree' }, { auc: 0.8, loss: 0.5, latency: 0 }), run('b', { depth: '4', kind: 'tree' }, { auc: 0.84, loss: 'NaN', latency: 2 }), run('c', { kind: 'tree' }, { auc: 0.8 })];

test('differences are those of the chosen runs, with their params', () => {
  const comparison: Comparison = {
    runs: [a, b, c],
    rows: [
      { kind: 'environment', key: 'numpy', values: ['2.1', '2.1', '2.2'], differs: true },
      { kind: 'code', key: 'commit', values: ['x', 'y', null], differs: true },
      { kind: 'signature', key: 'input age', values: ['long', 'double', null], differs: true },
    ],
  };
  assert.deepEqual(differencesOf(comparison, [b, a], true).map(({ kind, rows }) => [kind, rows.map(({ key, values }) => [key, ...values])]), [
    ['param', [['depth', '4', '3']]],
    ['code', [['commit', 'y', 'x']]],
    ['signature', [['input age', 'double', 'long']]],
  ]);
  assert.deepEqual(differencesOf(comparison, [a, b], false).map(({ kind, total }) => [kind, total]), [['param', 2], ['code', 1], ['signature', 1], ['environment', 1]]);
});

test('a metric has its change from the base, absolute and relative, and whether that is better', () => {
  const changes = new Map(metricChanges([a, b, c], a, []).map((row) => [row.name, row]));
  const [base, up, same] = changes.get('auc')?.changes ?? [];
  assert.deepEqual([base?.verdict, up?.verdict, same?.verdict], ['same', 'better', 'same']);
  assert.equal(changeText(up ?? { change: undefined, relative: undefined }), '+0.04 (+5%)');
  assert.deepEqual(changes.get('loss')?.changes.map(({ value, change }) => [value, change]), [[0.5, 0], [Number.NaN, undefined], [undefined, undefined]]);
  assert.deepEqual(changes.get('latency')?.changes[1], { value: 2, change: 2, relative: undefined, verdict: 'worse' });
  assert.deepEqual([changes.get('auc')?.differs, metricChanges([a, a], a, []).some(({ differs }) => differs)], [true, false]);
});

test('a change reads with its sign', () => {
  assert.equal(changeText({ change: -0.25, relative: -0.5 }), '−0.25 (−50%)');
  assert.equal(changeText({ change: 0, relative: 0 }), '±0');
  assert.equal(changeText({ change: 3, relative: undefined }), '+3');
  assert.equal(changeText({ change: undefined, relative: undefined }), '');
});

test('long fractions are rounded where the values can still be told apart', () => {
  assert.deepEqual(shownValues(['0.07871235732021536', '0.014310001647174966', undefined, 'gbtree']), ['0.07871', '0.01431', undefined, 'gbtree']);
  assert.deepEqual(shownValues(['0.1234567891', '0.1234567892']), ['0.1234567891', '0.1234567892']);
  assert.deepEqual(shownValues(['0.25', '100', '1.7.2']), ['0.25', '100', '1.7.2']);
});
