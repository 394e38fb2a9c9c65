import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import type { Evaluation } from '../../../server/contract/performance.ts';
import { evaluate, type AnswerForm, type LabelledRow } from '../../../server/monitoring/labels/evaluate.ts';
import { labelValueOf, type LabelValue } from '../../../server/monitoring/labels/labelValue.ts';
import { testPython } from '../../harness/commandLine.ts';

/** Numbers in [0, 1) that are the same in every run (Park and Miller, 1988). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

interface DataSet {
  readonly kind: 'binary' | 'multiclass' | 'regression';
  readonly answers: AnswerForm['answers'];
  readonly labels: readonly LabelValue[];
  readonly predictions: readonly LabelValue[];
  readonly scores: readonly number[];
}

function scored(seed: number, rows: number, answers: 'scores' | 'classes' | 'numbers', names: readonly [LabelValue, LabelValue], round: number): DataSet {
  const random = randomNumbers(seed);
  const scores = Array.from({ length: rows }, () => Math.round(random() * round) / round);
  const labels = scores.map((score) => names[random() < score ** 1.5 ? 1 : 0]);
  return { kind: 'binary', answers, labels, predictions: answers === 'classes' ? scores.map((score) => names[score >= 0.5 ? 1 : 0]) : scores, scores };
}

function classed(seed: number, rows: number, names: readonly LabelValue[]): DataSet {
  const random = randomNumbers(seed);
  const draw = (): LabelValue => names[Math.floor(random() ** 2 * names.length)] ?? '';
  const labels = Array.from({ length: rows }, draw);
  return { kind: 'multiclass', answers: 'classes', labels, predictions: labels.map((label) => (random() < 0.7 ? label : draw())), scores: [] };
}

function numbered(seed: number, rows: number, scale: number): DataSet {
  const random = randomNumbers(seed);
  const labels = Array.from({ length: rows }, () => (random() - 0.3) * scale);
  return { kind: 'regression', answers: 'numbers', labels, predictions: labels.map((label) => label + (random() - 0.5) * scale * 0.4), scores: [] };
}

const dataSets: Readonly<Record<string, DataSet>> = {
  scores: scored(7, 997, 'scores', [0, 1], 1e9),
  'scores with ties': scored(11, 500, 'scores', [0, 1], 20),
  'scores of 0 and 1': scored(13, 60, 'scores', [0, 1], 3),
  'numbers that are probabilities': scored(17, 300, 'numbers', [0, 1], 1e6),
  'classes with scores': scored(19, 400, 'classes', [0, 1], 1e6),
  'names of classes': scored(23, 400, 'scores', ['no', 'yes'], 1e6),
  'three classes': classed(29, 800, ['high', 'low', 'middle']),
  'twelve classes': classed(31, 500, Array.from({ length: 12 }, (_, index) => index)),
  'a class that was never predicted': { ...classed(37, 200, ['a', 'b', 'c']), labels: [...classed(37, 200, ['a', 'b', 'c']).labels.slice(1), 'd'] },
  numbers: numbered(41, 1200, 100),
  'large numbers': numbered(43, 350, 1e9),
  'few numbers': numbered(47, 5, 1),
};

function rowsOf({ labels, predictions, scores, answers }: DataSet): LabelledRow[] {
  return labels.map((label, row) => ({ label, prediction: predictions[row] ?? assert.fail(), score: answers === 'classes' ? (scores[row] ?? null) : null, form: { answers, threshold: 0.5 } }));
}

function metricsOf(found: Evaluation): Readonly<Record<string, number>> {
  assert.ok(found.kind !== 'not-evaluated', JSON.stringify(found));
  return Object.fromEntries(found.metrics.map(({ metric, value }) => [metric, value ?? assert.fail(metric)]));
}

describe('the metrics of labelled predictions', () => {
  let expected: Readonly<Record<string, Readonly<Record<string, number>>>>;
  before(() => {
    const input = Object.fromEntries(
      Object.entries(dataSets).map(([name, { kind, labels, predictions, scores }]) => {
        const positive = (value: LabelValue): number => (value === 1 || value === 'yes' ? 1 : 0);
        return [name, kind === 'binary' ? [kind, labels.map(positive), scores.map((score) => (score >= 0.5 ? 1 : 0)), scores] : [kind, labels, predictions, []]];
      }),
    );
    const script = fileURLToPath(new URL('sklearn_metrics.py', import.meta.url));
    const { stdout, stderr } = spawnSync(testPython, [script], { input: JSON.stringify(input), encoding: 'utf8' });
    assert.ok(stdout !== '', stderr);
    expected = z.record(z.string(), z.record(z.string(), z.number())).parse(JSON.parse(stdout));
  });

  for (const [name, set] of Object.entries(dataSets)) {
    it(`are those of scikit-learn for ${name}`, () => {
      const found = evaluate(rowsOf(set));
      assert.equal(found.kind, set.kind);
      const metrics = metricsOf(found);
      const wanted = expected[name] ?? assert.fail();
      assert.deepEqual(Object.keys(metrics).sort(), Object.keys(wanted).sort());
      for (const [metric, value] of Object.entries(wanted)) {
        assert.ok(Math.abs((metrics[metric] ?? NaN) - value) <= 1e-9 * Math.max(1, Math.abs(value)), `${metric}: ${metrics[metric]} is not ${value}`);
      }
    });
  }

  it('have intervals that hold the value of the population in about 95 of 100 samples', () => {
    const populations: readonly ((seed: number) => DataSet)[] = [(seed) => scored(seed, 200, 'scores', [0, 1], 1e9), (seed) => classed(seed, 200, ['a', 'b', 'c']), (seed) => numbered(seed, 200, 10)];
    for (const draw of populations) {
      const large = evaluate(rowsOf(Array.from({ length: 100 }, (_, index) => draw(7919 * (index + 1))).reduce((all, set) => ({ ...all, labels: [...all.labels, ...set.labels], predictions: [...all.predictions, ...set.predictions] }))));
      const truth = metricsOf(large);
      const held = new Map<string, number>();
      const samples = 300;
      for (let sample = 1; sample <= samples; sample += 1) {
        const found = evaluate(rowsOf(draw(104_729 * sample)));
        assert.ok(found.kind !== 'not-evaluated');
        for (const { metric, interval } of found.metrics.filter((each) => each.interval !== undefined)) {
          const value = truth[metric] ?? assert.fail();
          held.set(metric, (held.get(metric) ?? 0) + (interval !== undefined && interval.low <= value && value <= interval.high ? 1 : 0));
        }
      }
      assert.ok(held.size >= 3);
      for (const [metric, count] of held) {
        assert.ok(count / samples > 0.9 && count / samples < 0.99, `${metric}: ${count} of ${samples}`);
      }
    }
  });

  it('are none where nothing says what they would be of', () => {
    const form = { answers: 'scores', threshold: 0.5 } as const;
    const rows = (labels: readonly LabelValue[], prediction: LabelValue): LabelledRow[] => labels.map((label) => ({ label, prediction, score: null, form }));
    assert.match(JSON.stringify(evaluate(rows(['yes', 'yes'], 0.7))), /whether that is the class/);
    assert.match(JSON.stringify(evaluate(rows(['a', 'b', 'c'], 2))), /more than two classes/);
    const negative = evaluate(rows([0, 0, 0], 0.1));
    assert.ok(negative.kind === 'binary');
    assert.deepEqual(negative.metrics.map(({ metric, value }) => [metric, value === null]), [['accuracy', false], ['precision', true], ['recall', true], ['f1', true], ['auc', true], ['log-loss', false], ['brier', false], ['calibration-error', false]]);
    // Of a model with more classes the log has the probability of what was answered: it must not become an AUC.
    const ofAnswer = evaluate(Array.from({ length: 40 }, (_, row) => ({ label: row % 2, prediction: row % 2, score: 0.6 + (row % 7) / 20, form: { answers: 'classes', threshold: 0.5 } })));
    assert.ok(ofAnswer.kind === 'binary' && ofAnswer.metrics.some(({ metric, value }) => metric === 'auc' && value === null));
  });

  it('compare values that are written in different ways', () => {
    assert.deepEqual(['1', '1.0', true, 'True', 1, ' yes ', '007', '', null, NaN, {}].map(labelValueOf), [1, 1, 1, 1, 1, 'yes', '007', undefined, undefined, undefined, undefined]);
  });
});
