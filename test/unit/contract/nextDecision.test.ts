import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strategy } from '../../../server/contract/deployments.ts';
import { isInconclusive, nextDecision } from '../../../server/contract/nextDecision.ts';
import { canaryRollout } from '../../webview/fixtures/endpoints.ts';

const since = canaryRollout.shareSince ?? assert.fail();
const { comparison = assert.fail() } = canaryRollout;

test('what a canary does next names its share, the requests that it has of those that it needs, and the times', () => {
  assert.equal(nextDecision(canaryRollout, since + 10_000), '10 → 50 % at 20 requests; 14 so far; in 20 s at the earliest; undone in 59 min 50 s without them');
  assert.equal(nextDecision({ ...canaryRollout, weight: 50, comparison: { ...comparison, fresh: { ...comparison.fresh, requests: 400 } } }, since + 31_000), '50 → 100 % at 20 requests; 400 so far');
  const byHand = strategy.parse({ kind: 'canary', hold: true, stepSeconds: 0, deadlineSeconds: 0 });
  assert.equal(nextDecision({ ...canaryRollout, strategy: byHand }, since), '10 → 50 % at 20 requests; 14 so far; then when someone promotes it');
});

test('the requests of the share before do not count for this one', () => {
  const next = { ...canaryRollout, weight: 50, shareSince: since + 60_000, comparison: { ...comparison, fresh: { ...comparison.fresh, requests: 400 } } };
  assert.match(nextDecision(next, since + 60_000) ?? '', /^50 → 100 % at 20 requests; 0 so far/);
  assert.deepEqual([isInconclusive(next), isInconclusive({ ...next, shareSince: since })], [true, false]);
});

test('blue/green waits for a person alone, and a rollout without a share of its own decides nothing', () => {
  const strategyOfTwo = strategy.parse({ kind: 'blue-green', hold: true });
  const held = { ...canaryRollout, strategy: strategyOfTwo, state: 'held' as const, weight: 0, needs: [{ kind: 'promotion' as const }] };
  assert.deepEqual([nextDecision(held, since), isInconclusive(held)], ['0 → 100 % when someone promotes it', false]);
  assert.deepEqual([nextDecision({ ...canaryRollout, weight: 0 }, since), isInconclusive({ ...canaryRollout, weight: 0 })], [undefined, false]);
});
