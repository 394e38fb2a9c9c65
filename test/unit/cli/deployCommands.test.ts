import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointNameOf, parseModelReference } from '../../../server/cli/deployCommands.ts';
import { strategyOf } from '../../../server/cli/strategyOptions.ts';
import { endpointName } from '../../../server/contract/values.ts';

describe('the deploy command', () => {
  it('reads a model with a version, an alias or neither', () => {
    assert.deepEqual(parseModelReference('churn:2'), { model: 'churn', version: 2 });
    assert.deepEqual(parseModelReference('churn@champion'), { model: 'churn', version: '@champion' });
    assert.deepEqual(parseModelReference('churn'), { model: 'churn', version: 'latest' });
  });

  it('makes a valid endpoint name of any model name', () => {
    for (const model of ['Churn Model', 'a/b.c', '__x__', 'Ünïcode', '!!!', 'a'.repeat(100)]) {
      assert.ok(endpointName.safeParse(endpointNameOf(model)).success, `${model} -> ${endpointNameOf(model)}`);
    }
  });

  it('turns its options into a strategy', () => {
    assert.deepEqual(strategyOf({}), { kind: 'all-at-once', checks: {} });
    assert.deepEqual(strategyOf({ blueGreen: true, hold: true }), { kind: 'blue-green', hold: true, checks: {} });
    assert.deepEqual(strategyOf({ canary: [5, 25], minimumRequests: 7 }), { kind: 'canary', hold: false, steps: [5, 25], checks: { minimumRequests: 7 } });
    assert.deepEqual(strategyOf({ linear: 20, deadlineSeconds: 60, maximumLatencyRatio: null }), { kind: 'linear', hold: false, increment: 20, deadlineSeconds: 60, checks: { maximumLatencyRatio: null } });
    assert.deepEqual(strategyOf({ watchSeconds: 0, maximumErrorRate: 0.2 }), { kind: 'all-at-once', watchSeconds: 0, checks: { maximumErrorRate: 0.2 } });
    assert.deepEqual(strategyOf({ canary: [5], stickyField: 'customer_id' }), { kind: 'canary', hold: false, steps: [5], sticky: { by: 'field', name: 'customer_id' }, checks: {} });
    assert.deepEqual(strategyOf({ canary: [5], stickyHeader: 'X-Customer' }), { kind: 'canary', hold: false, steps: [5], sticky: { by: 'header', name: 'x-customer' }, checks: {} });
    assert.throws(() => strategyOf({ canary: [5], stickyField: 'a', stickyHeader: 'b' }), /only one/);
    assert.throws(() => strategyOf({ canary: [5], stickyHeader: 'a b' }), /--sticky-header/);
    assert.deepEqual(strategyOf({ shadow: true }), { kind: 'all-at-once', shadow: {}, checks: { minimumAgreement: 0.9 } });
    assert.deepEqual(strategyOf({ shadow: 50, shadowRequests: 9, shadowSeconds: 0, shadowHold: true, minimumAgreement: null, blueGreen: true }), { kind: 'blue-green', hold: false, shadow: { percent: 50, requests: 9, seconds: 0, hold: true }, checks: { minimumAgreement: null } });
    assert.throws(() => strategyOf({ shadowHold: true }), /--shadow\./);
    assert.throws(() => strategyOf({ minimumAgreement: 0.9 }), /--rehearse or --shadow/);
    assert.throws(() => strategyOf({ stickyField: 'a' }), /--canary or --linear/);
    assert.throws(() => strategyOf({ canary: true, blueGreen: true }), /only one/);
    assert.throws(() => strategyOf({ deadlineSeconds: 60 }), /--canary or --linear/);
  });
});
