import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Verdict } from '../../../server/contract/monitoring.ts';
import type { PerformancePart } from '../../../server/contract/performance.ts';
import { createAlertTable } from '../../../server/alerts/alertTable.ts';
import type { RetrainingSeen, TrafficFigures } from '../../../server/alerts/measure.ts';
import { createLooks } from '../../../server/alerts/looks.ts';
import { createRuleTable } from '../../../server/alerts/ruleTable.ts';
import { tryRule } from '../../../server/alerts/tryRule.ts';
import { createWatch, type WatchedEndpoint } from '../../../server/alerts/watch.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';

const minute = 60_000;
const start = 1_800_000_000_000;
const calm: TrafficFigures = { requests: 1000, serverErrors: 0, lost: 0, p99: 20 };

const moved: Verdict = {
  kind: 'inputs-moved', isWell: false, sentence: 'tenure (mean 32 → 23) has moved and the predictions have not: data drift.', advice: null, notJudged: [],
  suspects: [{ role: 'feature', name: 'tenure', text: 'mean 32 → 23', distance: 0.2, p: 1e-9, values: 4820, since: start }],
};

function labelled(rows: number, auc: number): PerformancePart {
  return {
    predictions: rows, unknown: 0, labelled: rows,
    evaluation: { kind: 'binary', positive: '1', confusion: { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 }, calibration: [], metrics: [{ metric: 'auc', value: auc }] },
  };
}

describe('the alert rules', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-alerts-'));
  let database: Database;
  let rules: ReturnType<typeof createRuleTable>;
  let alerts: ReturnType<typeof createAlertTable>;
  let watch: ReturnType<typeof createWatch>;
  let traffic: TrafficFigures;
  let performance: PerformancePart;
  let verdict: Verdict | undefined;
  let retraining: RetrainingSeen | undefined;
  let looks: number;
  let labelledAt: number | undefined;
  let isComplete: boolean;
  let endpoints: WatchedEndpoint[];
  let now: number;

  const open = (): void => {
    rules = createRuleTable(database);
    alerts = createAlertTable(database);
    watch = createWatch(database, rules, alerts, {
      endpoints: () => endpoints,
      traffic: () => traffic,
      hasLabels: () => performance.labelled > 0,
      lastRetraining: () => retraining,
      looks: createLooks({
        traffic: () => traffic,
        performance: (endpoint, from, to) => {
          looks += 1;
          return Promise.resolve({ endpoint, from, to, total: performance, windows: [], releases: [], labels: { current: 0, replaced: 0, lastReceivedAt: null, keyColumns: [] }, delay: null, isComplete });
        },
        verdict: () => {
          looks += 1;
          return Promise.resolve(verdict);
        },
        hasLabels: () => performance.labelled > 0,
        labelledAt: () => labelledAt,
      }),
    });
  };
  before(() => {
    database = openDatabase(path.join(folder, 'slipway.db'));
  });
  beforeEach(() => {
    database.exec('DELETE FROM alerts; DELETE FROM incidents; DELETE FROM alert_rules;');
    open();
    traffic = calm;
    performance = labelled(0, 0);
    verdict = undefined;
    retraining = undefined;
    labelledAt = undefined;
    isComplete = true;
    looks = 0;
    endpoints = [{ name: 'churn', state: 'running', message: '' }];
    now = start;
  });
  after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  /** Some minutes later. */
  const later = (minutes: number): ReturnType<typeof watch> => watch((now += minutes * minute));
  const unresolved = (): string[] => alerts.incidents({ unresolved: true, endpoint: undefined, limit: 10 }).map(({ endpoint, severity, title }) => `${endpoint} ${severity} ${title}`);

  it('are pending until they have held, fire, and are resolved by themselves; a new start goes on where it was', async () => {
    assert.deepEqual(await later(0), []);
    traffic = { ...calm, serverErrors: 100 };
    assert.deepEqual(await later(1), []);
    assert.equal(alerts.current('churn', 'error-rate')?.state, 'pending');
    open();
    const [fired = assert.fail()] = await later(1);
    assert.equal(fired.kind, 'firing');
    assert.deepEqual(unresolved(), ['churn critical 10% of 1,000 requests failed in 5 min (bound 5%).']);
    assert.deepEqual(await later(1), []);
    traffic = { ...calm, requests: 3, serverErrors: 0 };
    assert.deepEqual(await later(1), [], 'too few requests end nothing');
    traffic = calm;
    assert.deepEqual(await later(1), [{ incident: fired.incident, kind: 'resolved' }]);
    assert.deepEqual(unresolved(), []);
  });

  it('are forgotten when they end while they are pending, and judge nothing by too few requests', async () => {
    traffic = { ...calm, p99: 5000 };
    await later(0);
    assert.equal(alerts.current('churn', 'latency')?.state, 'pending');
    traffic = calm;
    await later(4);
    traffic = { ...calm, p99: 5000 };
    assert.deepEqual(await later(2), []);
    traffic = { requests: 10, serverErrors: 10, lost: 0, p99: 5000 };
    await later(6);
    assert.equal(alerts.current('churn', 'latency'), undefined);
    assert.equal(alerts.current('churn', 'error-rate'), undefined);
  });

  it('put the alerts of an endpoint into one incident, which ends with the last of them', async () => {
    traffic = { ...calm, serverErrors: 500, lost: 3 };
    endpoints = [{ name: 'churn', state: 'degraded', message: 'One replica is gone.' }, { name: 'fraud', state: 'running', message: '' }];
    rules.change('fraud', 'error-rate', { enabled: false });
    await later(0);
    await later(2);
    assert.deepEqual(unresolved().map((text) => text.split(' ')[0]).sort(), ['churn', 'fraud']);
    const churn = alerts.incidents({ unresolved: true, endpoint: 'churn', limit: 2 });
    assert.deepEqual(churn.map(({ id }) => alerts.ofIncident(id).map(({ rule }) => rule).sort()), [['degraded', 'error-rate', 'lost-requests']]);
    traffic = calm;
    assert.deepEqual((await later(1)).map(({ kind }) => kind), ['resolved']);
    endpoints = [];
    assert.deepEqual((await later(1)).map(({ kind }) => kind), ['resolved'], 'an endpoint that is gone needs nobody');
  });

  it('say that a retraining failed until one succeeds', async () => {
    await later(0);
    retraining = { failed: true, message: 'Cell 3 raised ValueError: no rows' };
    await later(1);
    assert.deepEqual(alerts.incidents({ unresolved: true, endpoint: 'churn', limit: 1 }).map(({ title }) => title), ['The retraining of its model failed: Cell 3 raised ValueError: no rows']);
    retraining = undefined;
    assert.deepEqual(await later(1), [], 'nothing is known of one that is forgotten');
    retraining = { failed: false, message: 'churn:8 is the candidate' };
    assert.deepEqual((await later(1)).map(({ kind }) => kind), ['resolved']);
  });

  it('stay silent while they are muted, cool down after an alert, and then say it again', async () => {
    traffic = { ...calm, lost: 1 };
    rules.mute('churn', 'lost-requests', now + 10 * minute);
    assert.deepEqual(await later(1), []);
    assert.equal((await later(10)).length, 1);
    traffic = calm;
    await later(1);
    traffic = { ...calm, lost: 1 };
    assert.deepEqual(await later(10), [], 'thirty minutes have not passed');
    assert.equal((await later(25)).length, 1);
  });

  it('watch a metric where there are labels enough, in its own direction', async () => {
    rules.change('churn', 'performance', { enabled: true, threshold: 0.8 });
    performance = labelled(99, 0.5);
    assert.deepEqual(await later(1), []);
    performance = labelled(100, 0.81);
    assert.deepEqual(await later(60), []);
    performance = labelled(100, 0.79);
    assert.equal((await later(60)).length, 1);
    assert.match(unresolved()[0] ?? '', /AUC is 0\.79 of 100 labelled predictions \(bound 0\.8\)/);
  });

  it('look at labels again when some have come, the log is still being read, the window is another or an hour has passed, and not with every turn', async () => {
    rules.change('churn', 'performance', { enabled: true, threshold: 0.8 });
    rules.change('churn', 'drift', { enabled: false });
    performance = labelled(100, 0.9);
    const lookedAfter = async (minutes: number): Promise<number> => {
      await later(minutes);
      return looks;
    };
    assert.deepEqual([await lookedAfter(1), await lookedAfter(1), await lookedAfter(57)], [1, 1, 1]);
    assert.equal(await lookedAfter(1), 1);
    assert.equal(await lookedAfter(1), 2, 'an hour has passed');
    labelledAt = now + minute / 2;
    performance = labelled(150, 0.7);
    assert.equal((await later(1)).length, 1);
    assert.deepEqual([looks, await lookedAfter(1)], [3, 3]);
    isComplete = false;
    labelledAt = now + minute / 2;
    assert.deepEqual([await lookedAfter(1), await lookedAfter(1)], [4, 5]);
    isComplete = true;
    assert.deepEqual([await lookedAfter(1), await lookedAfter(1)], [6, 6]);
    rules.change('churn', 'performance', { windowMinutes: 60 });
    assert.equal(await lookedAfter(0), 7);
  });

  it('count the requests of a look after its verdict, which has read the log, and over the same whole minutes', async () => {
    const asked: string[] = [];
    const looking = createLooks({
      traffic: (_endpoint, from, to) => { asked.push(`traffic ${from} ${to}`); return calm; },
      verdict: (_endpoint, from, to) => { asked.push(`verdict ${from} ${to}`); return Promise.resolve(moved); },
      performance: () => assert.fail(),
      hasLabels: () => false,
      labelledAt: () => undefined,
    });
    const at = start + 20_000;
    await looking.drift('churn', 1, at);
    assert.deepEqual(asked, [`verdict ${at - minute} ${at}`, `traffic ${start - minute} ${at}`]);
  });

  it('judge drift over the window that is asked for at once', async () => {
    verdict = { ...moved, kind: 'nothing-moved', suspects: [] };
    assert.deepEqual(await later(1), []);
    verdict = moved;
    assert.deepEqual(await later(1), []);
    rules.change('churn', 'drift', { windowMinutes: 60 });
    assert.deepEqual((await later(0)).map(({ kind }) => kind), ['firing']);
    assert.equal(looks, 2);
  });

  it('look at drift once an hour, and tell its verdict where it was evaluated on requests enough', async () => {
    verdict = moved;
    traffic = { ...calm, requests: 199 };
    assert.deepEqual(await later(1), []);
    traffic = calm;
    verdict = { ...moved, kind: 'not-evaluated', suspects: [] };
    assert.deepEqual(await later(61), []);
    verdict = moved;
    assert.deepEqual(await later(59), [], 'the last look is not an hour ago');
    assert.equal(looks, 2);
    assert.deepEqual((await later(1)).map(({ kind }) => kind), ['firing']);
    assert.deepEqual(unresolved(), [`churn warning ${moved.sentence}`]);
    verdict = { ...moved, kind: 'nothing-moved', suspects: [] };
    assert.deepEqual((await later(60)).map(({ kind }) => kind), ['resolved']);
    assert.equal(looks, 4);
  });

  it('lay the rule of drift over past days that had requests enough', async () => {
    const day = 24 * 60 * minute;
    const sources = {
      traffic: (_endpoint: string, from: number): TrafficFigures => (from < start - 10 * day ? { ...calm, requests: 5 } : calm),
      performance: () => assert.fail(),
      verdict: (_endpoint: string, from: number, to: number) => Promise.resolve<Verdict>(from <= start - 3 * day && start - 3 * day < to ? moved : { ...moved, kind: 'nothing-moved', suspects: [] }),
    };
    const trial = await tryRule(sources, 'churn', 'drift', rules.get('churn', 'drift').settings, 30, start);
    assert.equal(trial.judged, 10);
    assert.deepEqual(trial.fired, [{ from: start - 3 * day, to: start - 2 * day, value: 1 }]);
  });

  it('say when they would have fired in the past', async () => {
    const bad = [start - 20 * 24 * 60 * minute, start - 3 * 60 * minute];
    const sources = {
      traffic: (_endpoint: string, from: number, to: number): TrafficFigures => (bad.some((at) => from <= at && at < to) ? { ...calm, serverErrors: 200 } : from < start - 25 * 24 * 60 * minute ? { ...calm, requests: 0, p99: undefined } : calm),
      performance: () => assert.fail(),
      verdict: () => assert.fail(),
    };
    const settings = { ...rules.get('churn', 'error-rate').settings, forMinutes: 0 };
    const trial = await tryRule(sources, 'churn', 'error-rate', settings, 30, start);
    assert.deepEqual(trial.fired.map(({ from, to, value }) => [bad.findIndex((at) => from <= at && at < to), value]), [[0, 0.2], [1, 0.2]]);
    // 23 days by the hour and two by five minutes; of the first five days there are no requests.
    assert.ok((trial.judged ?? 0) > 23 * 24 && (trial.judged ?? 0) <= 23 * 24 + 2 * 24 * 12 + 2, String(trial.judged));
    assert.deepEqual((await tryRule(sources, 'churn', 'error-rate', { ...settings, threshold: 0.3 }, 30, start)).fired, []);
    assert.equal((await tryRule(sources, 'churn', 'degraded', settings, 30, start)).judged, null);
  });
});
