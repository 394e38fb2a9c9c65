import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attentionOf, attentionOfAll } from '../../../server/contract/attention.ts';
import type { EndpointSummary, RolloutSummary } from '../../../server/contract/deployments.ts';
import type { Promotion } from '../../../server/contract/promotions.ts';
import { canaryEndpoint, heldEndpoint, liveEndpoint, refusedEndpoint, returnedEndpoint } from '../../webview/fixtures/endpoints.ts';

const hour = 3_600_000;

function kindOf(endpoint: Pick<EndpointSummary, 'name' | 'state' | 'message' | 'rollout'>, rollout: Partial<RolloutSummary> = {}, now = 0): string | undefined {
  return attentionOf({ ...endpoint, ...(endpoint.rollout === undefined ? {} : { rollout: { ...endpoint.rollout, ...rollout } }) }, now)?.kind;
}

test('an endpoint needs somebody when its rollout waits for a person, not when it waits for requests or goes on', () => {
  assert.equal(kindOf(heldEndpoint, { state: 'held', needs: [{ kind: 'promotion' }] }), 'waits');
  assert.equal(kindOf(heldEndpoint, { state: 'held', needs: [{ kind: 'requests', minimum: 20, seen: 3 }] }), undefined);
  assert.equal(kindOf(canaryEndpoint, { state: 'running', needs: [] }), undefined);
  assert.equal(kindOf({ ...liveEndpoint, state: 'live' }, { state: 'succeeded' }), undefined);
});

test('an endpoint needs somebody when it is degraded or has failed, and for a day after a rollout that failed', () => {
  assert.deepEqual(attentionOf({ name: 'churn', state: 'degraded', message: '54 % of the answers are model errors.' }, 0), { endpoint: 'churn', kind: 'degraded', title: 'degraded', words: '54 % of the answers are model errors.' });
  assert.equal(kindOf({ name: 'churn', state: 'failed', message: '' }), 'failed');
  const failed: Partial<RolloutSummary> = { state: 'failed', needs: [], startedAt: 0, endedAt: hour };
  assert.equal(kindOf({ ...refusedEndpoint, state: 'live' }, failed, 2 * hour), 'failed');
  assert.equal(kindOf({ ...refusedEndpoint, state: 'live' }, failed, 26 * hour), undefined);
});

test('an endpoint that went back by itself is news for a day', () => {
  const { rollout = assert.fail() } = returnedEndpoint;
  const ended = rollout.endedAt ?? assert.fail();
  assert.match(attentionOf(returnedEndpoint, ended + hour)?.words ?? '', /went back to version 1 by itself\. Errors: 162 of 301/);
  assert.equal(kindOf(returnedEndpoint, { automatic: false }, ended + hour), undefined);
  assert.equal(kindOf(returnedEndpoint, {}, ended + 25 * hour), undefined);
});

test('an open incident is the reason of its endpoint unless a rollout waits for somebody, and an acknowledged one is nobody else\'s', () => {
  const churn = { name: 'churn', state: 'degraded', message: 'One replica is gone.' } as const;
  const incident = { id: 7, endpoint: 'churn', state: 'open', severity: 'critical', title: 'p99 is 2 s.', openedAt: 0, acknowledgedAt: null, resolvedAt: null };
  const kinds = (incidents: readonly (typeof incident)[], endpoint: Parameters<typeof attentionOf>[0] = churn): unknown => attentionOfAll([endpoint, { name: 'fraud', state: 'live', message: '' }], incidents, [], 0).map(({ kind, incident: id, words }) => [kind, id, words]);
  assert.deepEqual(kinds([incident]), [['incident', 7, 'p99 is 2 s.']]);
  assert.deepEqual(kinds([{ ...incident, state: 'acknowledged' }]), [['degraded', undefined, 'One replica is gone.']]);
  const { rollout } = heldEndpoint;
  assert.ok(rollout !== undefined);
  const held: RolloutSummary = { ...rollout, state: 'held', needs: [{ kind: 'promotion' }] };
  const waits = { ...heldEndpoint, rollout: held };
  assert.equal(attentionOfAll([waits], [{ ...incident, endpoint: heldEndpoint.name }], [], 0)[0]?.kind, 'waits');
});

test('what waits for approval is told of its endpoint, also of one that is not there yet, unless that needs somebody for more', () => {
  const promotion: Promotion = {
    id: 3, model: 'churn', version: 7, endpoint: 'churn', state: 'waiting', message: '', reason: 'Better on May.', requestedBy: 'ada', requestedAt: 0, expiresAt: 1, breakGlass: false, results: [], approvals: [], needs: { required: 1, from: [], otherThanRequester: true, signed: false },
  };
  const of = (state: EndpointSummary['state'], one: Promotion): string[] => attentionOfAll([{ name: 'fraud', state, message: 'Gone.' }], [], [one], 0).map(({ endpoint, kind }) => `${endpoint} ${kind}`);
  assert.deepEqual(of('live', promotion), ['churn waits']);
  assert.deepEqual(of('failed', { ...promotion, endpoint: 'fraud' }), ['fraud failed']);
  assert.deepEqual(of('live', { ...promotion, state: 'judging' }), []);
  const [open] = attentionOfAll([], [], [{ ...promotion, state: 'not-passed', message: 'Not passed: change.' }], 0);
  assert.deepEqual([open?.promotion, open?.title], [3, 'version 7 has not passed its gates']);
  assert.match(open?.words ?? '', /^ada asks for version 7 of churn: Better on May\. Not passed: change\. Open promotion 3/);
});
