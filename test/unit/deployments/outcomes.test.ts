import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { createEndpointTable } from '../../../server/deployments/endpoints/endpointTable.ts';
import { createOutcomes, type Outcomes } from '../../../server/deployments/rollouts/outcomes.ts';
import { createRolloutTable, type RolloutTable } from '../../../server/deployments/rollouts/rolloutTable.ts';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { rolloutTo } from './records.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'slipway-outcomes-'));
let database: Database;
let rollouts: RolloutTable;
let outcomes: Outcomes;

before(() => {
  database = openDatabase(path.join(folder, 'slipway.db'));
  const endpoints = createEndpointTable(database);
  rollouts = createRolloutTable(database);
  endpoints.create({ name: 'churn', model: 'churn', target: 'process', replicaCount: 1, createdAt: 1 });
  const unused = (): never => assert.fail('a share neither moves an alias nor is audited');
  outcomes = createOutcomes({ database, endpoints, rollouts, registry: { resolve: unused, setAlias: unused }, audit: { append: unused, list: unused, count: unused, head: unused } });
});
after(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a promotion that comes while the next share is chosen is not lost with it', () => {
  rollouts.create(rolloutTo(1));
  rollouts.change('r', { promoted: true });
  outcomes.write('r', 'canary', { kind: 'share', stage: 1, weight: 10, message: '10% of the traffic', byPromotion: false });
  assert.deepEqual([rollouts.get('r')?.weight, rollouts.get('r')?.promoted], [10, true]);
  outcomes.write('r', 'canary', { kind: 'share', stage: 2, weight: 50, message: 'Promoted; 50% of the traffic', byPromotion: true });
  assert.deepEqual([rollouts.get('r')?.weight, rollouts.get('r')?.promoted], [50, false]);
});
