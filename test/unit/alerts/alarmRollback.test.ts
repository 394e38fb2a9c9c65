import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createAlarmRollback, type AlarmRollbackSources } from '../../../server/alerts/alarmRollback.ts';
import { createAlertTable, type AlertTable } from '../../../server/alerts/alertTable.ts';
import { createRuleTable, type RuleTable } from '../../../server/alerts/ruleTable.ts';
import { createLooks } from '../../../server/alerts/looks.ts';
import type { TrafficFigures } from '../../../server/alerts/measure.ts';
import { createWatch } from '../../../server/alerts/watch.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog, type AuditLog } from '../../../server/governance/auditLog.ts';
import { localCaller } from '../../../server/platform/caller.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { createJobs, type Jobs } from '../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { until } from '../../harness/until.ts';

const key = auditKeyOf(randomBytes(32));
const calm: TrafficFigures = { requests: 3, serverErrors: 0, lost: 0, p99: 20 };

describe('a rollback on an alarm', () => {
  let folder = '';
  let database: Database;
  let jobs: Jobs;
  let alerts: AlertTable;
  let rules: RuleTable;
  let audit: AuditLog;
  let traffic: TrafficFigures;
  let watch: ReturnType<typeof createWatch>;
  /** Alerts for which a rollback was asked of the endpoint's orders. */
  let asked: number[];
  let told: string[];
  let answer: AlarmRollbackSources['rollBack'];

  const open = (): void => {
    database = openDatabase(path.join(folder, 'slipway.db'));
    jobs = createJobs({ database, log: silentLog });
    alerts = createAlertTable(database);
    rules = createRuleTable(database);
    audit = createAuditLog(database, key);
    const order: AlarmRollbackSources['rollBack'] = (alarm) => {
      asked.push(alarm.alert);
      return answer(alarm);
    };
    const rollBack = createAlarmRollback({ jobs }, alerts, { audit, rollBack: order }, (endpoint) => { told.push(endpoint); });
    const looks = createLooks({ traffic: () => traffic, verdict: () => Promise.resolve(undefined), performance: () => assert.fail(), hasLabels: () => false, labelledAt: () => undefined });
    watch = createWatch(database, rules, alerts, { endpoints: () => [{ name: 'churn', state: 'live', message: '' }], traffic: () => traffic, hasLabels: () => false, lastRetraining: () => undefined, looks }, { tell: () => undefined, rollBack });
  };
  /** What the order of a rollback writes. */
  const written: typeof answer = ({ endpoint, incident, alert }) => {
    audit.append({ actor: localCaller('companion'), action: 'rollback.requested', subject: endpoint, detail: { incident, alert } });
    return Promise.resolve();
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-alarm-'));
    asked = [];
    told = [];
    answer = written;
    traffic = calm;
    open();
    rules.change('churn', 'no-traffic', { enabled: true, threshold: 100, rollBack: true });
  });
  afterEach(async () => {
    await jobs.stop();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const endsAndStarts = async (): Promise<void> => {
    await jobs.stop();
    database.close();
    open();
  };
  const incident = (): number => alerts.incidents({ unresolved: false, endpoint: 'churn', limit: 1 })[0]?.id ?? assert.fail('there is no incident');
  const entries = (): string[] => alerts.entries(incident()).map(({ text }) => text);

  it('is asked for once when the rule fires, by a rule that says so alone', async () => {
    rules.change('churn', 'no-traffic', { forMinutes: 5, rollBack: false });
    jobs.start();
    const start = Date.now();
    await watch(start);
    await watch(start + 300_000);
    assert.equal(alerts.current('churn', 'no-traffic')?.state, 'firing');
    rules.change('churn', 'latency', { rollBack: true, minimum: 1, threshold: 1, forMinutes: 1 });
    await watch(start + 360_000);
    assert.deepEqual(asked, [], 'it is pending');
    await watch(start + 420_000);
    await until(() => told.length === 1);
    await watch(start + 480_000);
    assert.deepEqual(asked, [alerts.current('churn', 'latency')?.id]);
    assert.deepEqual(entries(), []);
  });

  it('is asked for by the next start when the process ended before, and not again when it ended behind it', async () => {
    await watch();
    await endsAndStarts();
    assert.deepEqual(asked, []);
    // The traffic has moved, and the process ends before the job has.
    let hangs: Promise<void> | undefined;
    answer = async (alarm) => {
      await written(alarm);
      hangs = new Promise(() => undefined);
      await hangs;
    };
    jobs.start();
    await until(() => hangs !== undefined);
    database.close();
    open();
    jobs.start();
    await until(() => told.length === 1);
    assert.equal(asked.length, 1);
    assert.deepEqual(entries(), []);
  });

  it('says in the timeline why it was refused, and that an incident rolls back once', async () => {
    answer = () => Promise.reject(new Problem('conflict', 'There is no earlier release of churn to go back to.'));
    await watch();
    jobs.start();
    await until(() => told.length === 1);
    assert.deepEqual(entries(), ['Not rolled back for no-traffic: There is no earlier release of churn to go back to.']);
    answer = written;
    rules.change('churn', 'latency', { rollBack: true, minimum: 1, threshold: 1, forMinutes: 0 });
    await watch();
    await until(() => told.length === 2);
    traffic = { ...calm, serverErrors: 3 };
    rules.change('churn', 'error-rate', { rollBack: true, minimum: 1, forMinutes: 0 });
    await watch();
    await until(() => told.length === 3);
    assert.deepEqual([asked.length, entries().at(-1)], [2, 'Not rolled back for error-rate: This incident has rolled the endpoint back once.']);
  });

  it('is not done any more when the alert has ended', async () => {
    await watch();
    alerts.close(incident(), Date.now());
    jobs.start();
    await until(() => told.length === 1);
    assert.deepEqual([asked, entries()], [[], ['Not rolled back for no-traffic: The alert has ended meanwhile.']]);
  });
});
