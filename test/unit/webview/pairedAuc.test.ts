import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedAuc } from '../../../webview/registry/pairedAuc.ts';
import type { ScoredRows } from '../../../webview/registry/evaluation.ts';

const labels = Array.from({ length: 60 }, (_, row) => row % 3 === 0);

function scored(score: (row: number) => number, positives = labels): ScoredRows {
  return { source: 'evaluation.json', classes: ['no', 'yes'], rows: positives.map((positive, row) => ({ positive, score: score(row) })) };
}

/** Coarse, so that there are ties within and between the classes. */
const ours = scored((row) => ((row * 37) % 20) / 40 + (row % 3 === 0 ? 0.3 : 0));
const theirs = scored((row) => ((row * 53) % 20) / 40 + (row % 3 === 0 ? 0.1 : 0));

/** The definition: the share of pairs in the right order, and the variance of the difference from the structural components, pair by pair. */
function byDefinition(): { auc: number; referenceAuc: number; variance: number } {
  const psi = (above: number, below: number): number => (above > below ? 1 : above === below ? 0.5 : 0);
  const parts = [ours, theirs].map(({ rows }) => {
    const [above, below] = [true, false].map((wanted) => rows.filter(({ positive }) => positive === wanted).map(({ score }) => score)) as [number[], number[]];
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    return { positives: above.map((a) => mean(below.map((b) => psi(a, b)))), negatives: below.map((b) => mean(above.map((a) => psi(a, b)))), auc: mean(above.flatMap((a) => below.map((b) => psi(a, b)))) };
  });
  const covariance = (a: number[], b: number[]): number => {
    const [ma, mb] = [a, b].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length) as [number, number];
    return a.reduce((sum, value, index) => sum + (value - ma) * ((b[index] ?? 0) - mb), 0) / (a.length - 1);
  };
  const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
  const variance = (kind: 'positives' | 'negatives'): number => (covariance(a[kind], a[kind]) + covariance(b[kind], b[kind]) - 2 * covariance(a[kind], b[kind])) / a[kind].length;
  return { auc: a.auc, referenceAuc: b.auc, variance: variance('positives') + variance('negatives') };
}

test('the difference of two areas and its interval are those of the definition, ties included', () => {
  const { auc, referenceAuc, variance } = byDefinition();
  const found = pairedAuc(ours, theirs);
  assert.ok(found !== undefined);
  const close = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
  close(found.auc, auc);
  close(found.referenceAuc, referenceAuc);
  close(found.difference, auc - referenceAuc);
  const half = 1.959964 * Math.sqrt(variance);
  close(found.interval[0], auc - referenceAuc - half);
  close(found.interval[1], auc - referenceAuc + half);
});

test('models that were not measured on the same rows, or on few, are not compared', () => {
  assert.equal(pairedAuc(ours, scored(() => 0.5, labels.map((positive) => !positive))), undefined);
  assert.equal(pairedAuc(ours, { ...theirs, rows: theirs.rows.slice(1) }), undefined);
  const few = labels.slice(0, 27);
  assert.equal(pairedAuc(scored(() => 0.5, few), scored(() => 0.4, few)), undefined, '9 rows of a class');
});
