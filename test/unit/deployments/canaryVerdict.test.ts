import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { strategy } from '../../../server/contract/deployments.ts';
import { judgeCanary, type CanaryView, type TrafficCount } from '../../../server/deployments/rollouts/steps/canaryVerdict.ts';

const canary = strategy.parse({ kind: 'canary', steps: [10, 50], stepSeconds: 30, checks: { minimumRequests: 20, maximumErrorRate: 0.05 } });
assert.ok(canary.kind === 'canary');

function traffic(requests: number, values: Partial<TrafficCount> = {}): TrafficCount {
  return { requests, errors: 0, refused: 0, latencyP99: requests === 0 ? null : 5, ...values };
}

function view(values: Partial<CanaryView>): CanaryView {
  return {
    strategy: canary.kind === 'canary' ? canary : assert.fail(),
    stage: 1,
    elapsed: 60_000,
    canary: traffic(100),
    live: traffic(900),
    promoted: false,
    held: false,
    ...values,
  };
}

describe('a canary', () => {
  it('begins with the first share', () => {
    const outcome = judgeCanary(view({ stage: 0, elapsed: 0, canary: traffic(0) }));
    assert.deepEqual(outcome, { kind: 'share', stage: 1, weight: 10, message: '10% of the traffic', byPromotion: false });
  });

  it('waits until its time is over', () => {
    assert.equal(judgeCanary(view({ elapsed: 1000 })).kind, 'wait');
  });

  it('goes to the next share, then to all, when its checks pass', () => {
    const next = judgeCanary(view({}));
    assert.ok(next.kind === 'share');
    assert.equal(next.weight, 50);
    assert.equal(judgeCanary(view({ stage: 2 })).kind, 'finished');
  });

  it('holds as inconclusive with too few requests, however long it takes', () => {
    const outcome = judgeCanary(view({ canary: traffic(19), elapsed: 86_400_000 }));
    assert.ok(outcome.kind === 'hold');
    assert.deepEqual(outcome.needs, [{ kind: 'requests', minimum: 20, seen: 19 }]);
    assert.match(outcome.message, /19 of at least 20/);
  });

  it('does not judge errors before there are enough requests', () => {
    assert.equal(judgeCanary(view({ canary: traffic(19, { errors: 19 }), elapsed: 0 })).kind, 'wait');
  });

  it('fails at once when too many requests fail', () => {
    const outcome = judgeCanary(view({ canary: traffic(20, { errors: 2 }), elapsed: 0 }));
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.message, /2 of 20 requests .* \(10 %; at most 5 % is allowed\)/);
    assert.notEqual(judgeCanary(view({ canary: traffic(20, { errors: 1 }) })).kind, 'failed');
  });

  it('fails when it refuses far more input than the live release does', () => {
    const outcome = judgeCanary(view({ canary: traffic(50, { refused: 25 }), live: traffic(450, { refused: 2 }) }));
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.message, /refuses 25 of 50/);
  });

  it('does not fail for bad input that clients send to both releases', () => {
    assert.equal(judgeCanary(view({ canary: traffic(50, { refused: 6 }), live: traffic(450, { refused: 45 }) })).kind, 'share');
  });

  it('fails when its p99 is too far above the live one', () => {
    const strict = strategy.parse({ kind: 'canary', checks: { maximumLatencyRatio: 2 } });
    assert.ok(strict.kind === 'canary');
    const outcome = judgeCanary(view({ strategy: strict, canary: traffic(50, { latencyP99: 30 }), live: traffic(450, { latencyP99: 10 }) }));
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.message, /3\.0 times/);
  });

  it('waits for promote after each share when it is told to hold', () => {
    const held = view({ strategy: { ...view({}).strategy, hold: true } });
    const outcome = judgeCanary(held);
    assert.ok(outcome.kind === 'hold');
    assert.deepEqual(outcome.needs, [{ kind: 'promotion' }]);
    const early = judgeCanary({ ...held, canary: traffic(3) });
    assert.ok(early.kind === 'hold');
    assert.deepEqual(early.needs, [{ kind: 'requests', minimum: 20, seen: 3 }, { kind: 'promotion' }]);
    const promoted = judgeCanary({ ...held, promoted: true, held: true });
    assert.ok(promoted.kind === 'share');
    assert.equal(promoted.weight, 50);
  });

  it('takes all the traffic when it is promoted while it runs', () => {
    assert.equal(judgeCanary(view({ promoted: true, elapsed: 0 })).kind, 'finished');
  });
});
