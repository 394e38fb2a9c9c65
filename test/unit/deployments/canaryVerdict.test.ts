import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { strategy } from '../../../server/contract/deployments.ts';
import type { RolloutCheck } from '../../../server/contract/rolloutCheck.ts';
import { judgeCanary, type CanaryView } from '../../../server/deployments/rollouts/steps/canaryVerdict.ts';

const canary = strategy.parse({ kind: 'canary', steps: [10, 50], stepSeconds: 30, deadlineSeconds: 3600, checks: { minimumRequests: 20 } });
assert.ok(canary.kind === 'canary');

const errors: RolloutCheck = { id: 'errors', label: 'Errors', state: 'passed', message: '0 of 100 requests failed' };

function view(values: Partial<CanaryView>): CanaryView {
  return {
    strategy: canary.kind === 'canary' ? canary : assert.fail(),
    stage: 1,
    elapsed: 60_000,
    fresh: { requests: 100, errors: 0 },
    checks: [errors],
    promoted: false,
    held: false,
    ...values,
  };
}

const seen = (requests: number): CanaryView['fresh'] => ({ requests, errors: 0 });

describe('a canary', () => {
  it('begins with the first share', () => {
    const outcome = judgeCanary(view({ stage: 0, elapsed: 0, fresh: seen(0) }));
    assert.deepEqual(outcome, { kind: 'share', stage: 1, weight: 10, message: '10% of the traffic', byPromotion: false });
  });

  it('waits until its time is over', () => {
    assert.equal(judgeCanary(view({ elapsed: 1000 })).kind, 'wait');
  });

  it('goes to the next share, then to all, when its checks pass, and names what was not evaluated', () => {
    const next = judgeCanary(view({ checks: [errors, { ...errors, id: 'latency', label: 'Latency', state: 'not-evaluated' }] }));
    assert.ok(next.kind === 'share');
    assert.equal(next.weight, 50);
    assert.match(next.message, /not evaluated: latency/);
    assert.equal(judgeCanary(view({ stage: 2 })).kind, 'finished');
  });

  it('goes up in even steps when it is linear', () => {
    const linear = strategy.parse({ kind: 'linear', increment: 30, stepSeconds: 0 });
    assert.ok(linear.kind === 'linear');
    const outcomes = [0, 1, 2, 3].map((stage) => judgeCanary(view({ strategy: linear, stage })));
    assert.deepEqual(outcomes.map((outcome) => (outcome.kind === 'share' ? outcome.weight : outcome.kind)), [30, 60, 90, 'finished']);
  });

  it('holds as inconclusive with too few requests until its deadline, and is undone then', () => {
    const outcome = judgeCanary(view({ fresh: seen(19), elapsed: 3_599_000 }));
    assert.ok(outcome.kind === 'hold');
    assert.deepEqual(outcome.needs, [{ kind: 'requests', minimum: 20, seen: 19 }]);
    assert.match(outcome.message, /19 of at least 20/);
    const late = judgeCanary(view({ fresh: seen(19), elapsed: 3_600_000 }));
    assert.ok(late.kind === 'failed');
    assert.match(late.message, /Only 19 of at least 20 requests came within 1 h/);
    assert.equal(judgeCanary(view({ fresh: seen(20), elapsed: 86_400_000 })).kind, 'share');
  });

  it('holds for as long as it takes where it has no deadline', () => {
    assert.equal(judgeCanary(view({ strategy: { ...view({}).strategy, deadlineSeconds: 0 }, fresh: seen(0), elapsed: 86_400_000 })).kind, 'hold');
  });

  it('fails at once when a check does, before its time is over', () => {
    const outcome = judgeCanary(view({ checks: [errors, { ...errors, id: 'latency', state: 'failed', message: 'too slow' }], elapsed: 0 }));
    assert.deepEqual(outcome, { kind: 'failed', message: 'too slow' });
  });

  it('waits for promote after each share when it is told to hold', () => {
    const held = view({ strategy: { ...view({}).strategy, hold: true } });
    const outcome = judgeCanary(held);
    assert.ok(outcome.kind === 'hold');
    assert.deepEqual(outcome.needs, [{ kind: 'promotion' }]);
    const early = judgeCanary({ ...held, fresh: seen(3) });
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
