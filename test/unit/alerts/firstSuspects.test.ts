import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstSuspects, type SuspectSources } from '../../../server/alerts/firstSuspects.ts';
import type { LiveSpan } from '../../../server/contract/deployments.ts';
import { suspectLines } from '../../../server/contract/format/alerts.ts';
import { formatSpan, formatTime } from '../../../server/contract/format/times.ts';
import type { Monitoring, Verdict } from '../../../server/contract/monitoring.ts';

const minute = 60_000;
const at = 1_800_000_000_000;
const still: Verdict = { kind: 'nothing-moved', isWell: true, sentence: 'Well.', advice: null, suspects: [], notJudged: [] };
const moved: Verdict = {
  ...still, kind: 'both-moved', isWell: false,
  suspects: [
    { role: 'feature', name: 'age', text: 'mean 32 → 35', distance: 0.1, p: 1e-5, values: 900, since: at - 50 * minute },
    { role: 'feature', name: 'tenure', text: 'mean 32 → 23', distance: 0.4, p: 1e-12, values: 1, since: at - 40 * minute },
    { role: 'prediction', name: 'prediction', text: 'yes 10% → 30%', distance: 0.2, p: 1e-5, values: 900, since: at - 40 * minute },
  ],
};

function feature(name: string, ...findings: NonNullable<Monitoring['features'][number]['findings']>): Monitoring['features'][number] {
  return { name, type: 'double', baseline: null, live: null, drift: [], findings };
}

function span(modelVersion: number, liveFrom: number): LiveSpan {
  return { endpoint: 'churn', release: String(modelVersion).repeat(64), modelVersion, liveFrom };
}

interface Asked {
  readonly endpoint: string;
  readonly from: number;
  readonly to: number;
  readonly release: string;
}

function sources(spans: readonly LiveSpan[], verdict: Verdict, features: Monitoring['features'] = [], asked: Asked[] = []): SuspectSources {
  return {
    spans: () => spans,
    seen(endpoint, from, to, release) {
      asked.push({ endpoint, from, to, release });
      return Promise.resolve({ verdict, features });
    },
  };
}

/** How the traffic that is looked at is told. */
const looked = `traffic ${formatSpan(at - 60 * minute, at)}`;
const incident = { endpoint: 'churn', openedAt: at };
/** The release that an alarm brought back went live behind it. */
const history = [span(1, at + minute), span(2, at - 4 * minute), span(1, at - 9000 * minute)];

test('the release that went live before, features by how far they moved, and the quality of data are suspects of an incident, with figures', async () => {
  const asked: Asked[] = [];
  const plan = feature('plan', { kind: 'new-category', share: 0.03, text: '3% in 1 new category' }, { kind: 'missing', share: 0.2, text: '20% missing, 1% in the baseline' });
  const found = await firstSuspects(sources(history, moved, [plan], asked), incident, 60);
  assert.deepEqual(asked, [{ endpoint: 'churn', from: at - 60 * minute, to: at, release: '2'.repeat(64) }], 'of what was live then');
  assert.deepEqual(found?.found.map(({ kind }) => kind), ['release', 'feature', 'prediction', 'feature', 'data', 'data']);
  assert.deepEqual(suspectLines(found), [
    `version 2 went live 4 min before (${formatTime(at - 4 * minute)}), in place of version 1`,
    `tenure: mean 32 → 23 since ${formatTime(at - 40 * minute)}, distance 0.4 of 1 value, less than one in a billion by chance`,
    `prediction: yes 10% → 30% since ${formatTime(at - 40 * minute)}, distance 0.2 of 900 values, one in 100,000 by chance`,
    `age: mean 32 → 35 since ${formatTime(at - 50 * minute)}, distance 0.1 of 900 values, one in 100,000 by chance`,
    'plan: 20% missing, 1% in the baseline',
    'plan: 3% in 1 new category',
  ]);
});

test('a release that went live long before is no suspect, and that nothing stands out is an answer', async () => {
  const found = await firstSuspects(sources(history.slice(2), still), incident, 60);
  assert.deepEqual(suspectLines(found), [`${looked}: Well.`]);
});

test('why nothing was evaluated is told, also where the log cannot be read', async () => {
  const without: Verdict = { ...still, kind: 'not-evaluated', isWell: false, sentence: 'Not evaluated: no baseline.' };
  assert.deepEqual(suspectLines(await firstSuspects(sources(history.slice(2), without), incident, 60)), [`${looked}: Not evaluated: no baseline.`]);
  const broken = { ...sources(history, still), seen: () => Promise.reject(new Error('the disk is gone')) };
  assert.deepEqual(suspectLines(await firstSuspects(broken, incident, 60)).slice(1), [`${looked}: Not evaluated: the disk is gone`]);
});

test('of many only the first are named, the others counted, and of what was never live there are none', async () => {
  const features = Array.from({ length: 25 }, (_, index) => feature(`f${index}`, { kind: 'missing', share: index / 100, text: `${index}% missing` }));
  const lines = suspectLines(await firstSuspects(sources(history.slice(2), still, features), incident, 60));
  assert.deepEqual([lines.length, lines[0], lines.at(-2)], [12, 'f24: 24% missing', 'and 15 more']);
  assert.equal(await firstSuspects(sources([span(3, at + 1)], still), incident, 60), null);
});
