import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog, type AuditLog } from '../../../server/governance/auditLog.ts';
import { decisionFor, liveAtTime } from '../../../server/lineage/liveAt.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';

const one = '1'.repeat(64);
const two = '2'.repeat(64);

describe('what was live at a time', () => {
  let folder: string;
  let database: Database;
  let log: AuditLog;
  let now = 0;
  const write = (at: number, user: string, action: string, subject: string, detail: Record<string, unknown> = {}): void => {
    now = at;
    log.append({ actor: { user, program: user === 'companion' ? 'companion' : 'editor' }, action, subject, detail });
  };
  const shown = (at: number, endpoint?: string): string[] =>
    liveAtTime(log, at, endpoint).map(
      ({ endpoint: name, version, decision, stopped, ended }) =>
        `${name} ${version} ${decision.kind} by ${decision.by}${decision.promotedBy.map((by) => ` promoted by ${by}`).join('')}${stopped === undefined ? '' : ` stopped by ${stopped.by}`}${ended === undefined ? '' : ` until ${ended.at} ${ended.action}`}`,
    );
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-lineage-'));
    database = openDatabase(path.join(folder, 'slipway.db'));
    log = createAuditLog(database, auditKeyOf(randomBytes(32)), undefined, () => now);
    write(10, 'ann', 'deploy.requested', 'churn', { rollout: 'a', model: 'churn', version: 1 });
    write(11, 'ann', 'deploy.switched', 'churn', { rollout: 'a', model: 'churn', version: 1, to: one });
    write(20, 'cleo', 'deploy.switched', 'price', { rollout: 'p', model: 'price', version: 4, to: two });
    write(30, 'bob', 'deploy.promoted', 'churn', { rollout: 'b', weight: 50 });
    write(31, 'ann', 'deploy.switched', 'churn', { rollout: 'b', model: 'churn', version: 2, from: one, to: two });
    write(40, 'root', 'rollback.switched', 'churn', { rollout: 'c', model: 'churn', version: 1, from: two, to: one, reason: 'errors' });
    write(50, 'ann', 'endpoint.stopped', 'churn');
    write(60, 'ann', 'endpoint.started', 'churn');
    write(70, 'dan', 'endpoint.deleted', 'churn');
  });
  after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is told with who decided it, who promoted it and until when it was so', () => {
    assert.deepEqual(shown(10), []);
    assert.deepEqual(shown(25), ['churn 1 deploy by ann until 31 deploy.switched', 'price 4 deploy by cleo']);
    assert.deepEqual(shown(35, 'churn'), ['churn 2 deploy by ann promoted by bob until 40 rollback.switched']);
    assert.deepEqual(shown(45, 'churn'), ['churn 1 rollback by root until 50 endpoint.stopped']);
    assert.deepEqual(liveAtTime(log, 45, 'churn')[0]?.decision, { kind: 'rollback', at: 40, by: 'root', program: 'editor', reason: 'errors', rollout: 'c', entry: 6, promotedBy: [] });
  });

  it('is told of an endpoint that was stopped, started again, or is gone', () => {
    assert.deepEqual(shown(55, 'churn'), ['churn 1 rollback by root stopped by ann until 70 endpoint.deleted']);
    assert.deepEqual(shown(65, 'churn'), ['churn 1 rollback by root until 70 endpoint.deleted']);
    assert.deepEqual(shown(75), ['price 4 deploy by cleo']);
  });

  it('gives the last decision for a release before a request', () => {
    assert.equal(decisionFor(log, 'churn', one, 25)?.rollout, 'a');
    assert.equal(decisionFor(log, 'churn', one, 45)?.rollout, 'c');
    assert.equal(decisionFor(log, 'churn', two, 25), undefined);
    assert.equal(decisionFor(log, 'price', one, 45), undefined);
  });
});
