import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { createEndpointTable } from '../../../server/deployments/endpoints/endpointTable.ts';
import { createReplicaTable } from '../../../server/deployments/replicas/replicaTable.ts';
import { openDatabase } from '../../../server/platform/database/database.ts';
import { migrationsFolder, sqliteBinding } from '../../../server/platform/resources.ts';

/** Digest of a release. */
const release = 'a'.repeat(64);

/** A database as versions wrote it that knew two targets and gave each replica a port. */
function writeOldDatabase(file: string): void {
  const nativeBinding = sqliteBinding();
  const database = new SqliteDatabase(file, nativeBinding === undefined ? {} : { nativeBinding });
  database.pragma('foreign_keys = ON');
  for (const name of readdirSync(migrationsFolder).sort()) {
    const version = Number.parseInt(name, 10);
    if (version <= 10) {
      database.exec(readFileSync(path.join(migrationsFolder, name), 'utf8'));
      database.pragma(`user_version = ${version}`);
    }
  }
  database.exec(`
    INSERT INTO endpoints VALUES ('churn', 'churn', 'process', 'running', '${release}', 2, 1000), ('boxed', 'rule', 'docker', 'stopped', NULL, NULL, 2000);
    INSERT INTO endpoint_releases (endpoint, release, model_version, target, live_from) VALUES ('churn', '${release}', 2, 'process', 1500);
    INSERT INTO rollouts (id, endpoint, kind, model, version, target, serving, strategy, state, step, requested_by, reason, message, started_at)
      VALUES ('r-1', 'churn', 'deploy', 'churn', 2, 'process', '{}', '{"kind":"all-at-once"}', 'succeeded', 'done', 'ada', '', '', 1400);
    INSERT INTO rollout_journal (rollout, at, step, event, message) VALUES ('r-1', 1401, 'preflight', 'started', 'm');
    INSERT INTO replicas (id, endpoint, release, target, state, port, handle, identity, started_at)
      VALUES ('one', 'churn', '${release}', 'process', 'ready', 40123, '77', 'boot:1', 1450), ('two', 'churn', '${release}', 'process', 'stopped', NULL, NULL, NULL, 1440);
  `);
  database.close();
}

describe('a database of a version that knew two targets', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-migration-'));
  const file = path.join(folder, 'slipway.db');
  writeOldDatabase(file);
  const database = openDatabase(file);
  after(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps its endpoints, their history and their rollouts', () => {
    const endpoints = createEndpointTable(database);
    assert.deepEqual(
      endpoints.all().map(({ name, target, replicaCount, desired, live }) => [name, target, replicaCount, desired, live?.version]),
      [['boxed', 'docker', 1, 'stopped', undefined], ['churn', 'process', 1, 'running', 2]],
    );
    assert.deepEqual(endpoints.spans('churn').map(({ release: digest, from }) => [digest, from]), [[release, 1500]]);
    assert.deepEqual(database.prepare('SELECT id, endpoint, server FROM rollouts').all(), [{ id: 'r-1', endpoint: 'churn', server: null }]);
    assert.deepEqual(database.prepare('SELECT rollout, step FROM rollout_journal').all(), [{ rollout: 'r-1', step: 'preflight' }]);
  });

  it('knows the addresses of its replicas, where they go on running', () => {
    const replicas = createReplicaTable(database).list('churn');
    assert.deepEqual(replicas.map(({ id, addresses, handle, identity }) => [id, addresses, handle, identity]), [
      ['one', ['127.0.0.1:40123'], '77', 'boot:1'],
      ['two', [], undefined, undefined],
    ]);
  });

  it('takes other targets, and still refuses what refers to no endpoint', () => {
    const endpoints = createEndpointTable(database);
    endpoints.create({ name: 'far', model: 'rule', target: 'kubernetes', replicaCount: 3, createdAt: 3000 });
    assert.equal(endpoints.get('far')?.target, 'kubernetes');
    assert.throws(() => createReplicaTable(database).create({ id: 'x', endpoint: 'nowhere', release, target: 'process', startedAt: 1 }), /FOREIGN KEY/);
    assert.deepEqual(database.pragma('foreign_key_check'), []);
    endpoints.remove('churn');
    assert.deepEqual(createReplicaTable(database).all(), []);
  });
});
