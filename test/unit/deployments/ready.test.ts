import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeReady } from '../../../server/deployments/rollouts/steps/ready.ts';

describe('the time until replicas are ready', () => {
  const rolloutAt = 1_000_000;

  it('is that of the slowest that the rollout has started', () => {
    assert.equal(describeReady([{ startedAt: rolloutAt + 100, readyAt: rolloutAt + 2600 }], rolloutAt), 'Ready after 2.5 s');
    const replicas = [2000, 4000].map((milliseconds) => ({ startedAt: rolloutAt + 100, readyAt: rolloutAt + 100 + milliseconds }));
    assert.equal(describeReady(replicas, rolloutAt), '2 replicas ready after 4.0 s');
  });

  it('is not that of a replica which was warm', () => {
    const warm = { startedAt: rolloutAt - 337_900, readyAt: rolloutAt - 336_000 };
    assert.equal(describeReady([warm], rolloutAt), 'Ready: it ran already');
    assert.equal(describeReady([warm, { startedAt: rolloutAt + 1, readyAt: rolloutAt + 1001 }], rolloutAt), '2 replicas ready after 1.0 s');
  });
});
