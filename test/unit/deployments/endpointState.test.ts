import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateOf } from '../../../server/deployments/endpoints/endpointState.ts';
import type { EndpointRecord } from '../../../server/deployments/endpoints/endpointTable.ts';
import type { ReplicaRecord } from '../../../server/deployments/replicas/replicaTable.ts';
import { release, rolloutTo } from './records.ts';

const endpoint: EndpointRecord = { name: 'churn', model: 'churn', target: 'process', replicaCount: 1, desired: 'running', createdAt: 0, live: { release: release(1), version: 1 } };
const live: readonly ReplicaRecord[] = [
  {
    id: 'a', endpoint: 'churn', release: release(1), target: 'process', state: 'ready', addresses: ['127.0.0.1:1'], handle: '1', identity: '1', startedAt: 0, readyAt: 1,
    restarts: 0, retryAt: undefined, retiring: false, message: undefined, isolation: undefined,
  },
];
const done = rolloutTo(1, { state: 'succeeded' });
const traffic = { traffic: { reaches: () => true, failure: () => undefined } };

test('an endpoint whose model raises on many requests is degraded, with their share', () => {
  assert.equal(stateOf(endpoint, done, { live, logLoss: undefined, modelErrors: undefined }, traffic).state, 'live');
  const { state, message } = stateOf(endpoint, done, { live, logLoss: undefined, modelErrors: { answers: 300, modelErrors: 162 } }, traffic);
  assert.equal(state, 'degraded');
  assert.match(message, /^Version 1 is live\. 54 % of its answers of the last five minutes are model errors/);
});
