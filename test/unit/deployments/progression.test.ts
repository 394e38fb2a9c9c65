import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { strategy } from '../../../server/contract/deployments.ts';
import { firstStep, hasSwitched, isPromotable, labelOf, nextStep, progressOf, resumeStep } from '../../../server/deployments/rollouts/progression.ts';
import { steps } from '../../../server/deployments/rollouts/steps/steps.ts';
import { release, rolloutTo } from './records.ts';

const canary = strategy.parse({ kind: 'canary', steps: [10, 50] });
const allAtOnce = strategy.parse({ kind: 'all-at-once' });
const live = { release: release(1), version: 1 };

describe('the order of a rollout', () => {
  it('takes the canary step only when another release is live beside it', () => {
    assert.equal(nextStep('smoke-test', canary, true), 'canary');
    assert.equal(nextStep('smoke-test', canary, false), 'switch');
  });

  it('rehearses where that is asked for and another release is live, and a rehearsal alone ends with it', () => {
    assert.deepEqual([true, false].map((beside) => nextStep('smoke-test', { ...allAtOnce, rehearse: 100 }, beside)), ['rehearsal', 'switch']);
    assert.equal(nextStep('rehearsal', { ...allAtOnce, rehearse: 100 }, true), 'switch');
    const shadowed = strategy.parse({ kind: 'canary', shadow: {} });
    assert.deepEqual([nextStep('smoke-test', shadowed, true), nextStep('shadow', shadowed, true), nextStep('smoke-test', shadowed, false)], ['shadow', 'canary', 'switch']);
    assert.equal(nextStep('rehearsal', strategy.parse({ kind: 'rehearsal' }), true), 'done');
    assert.equal(nextStep('smoke-test', allAtOnce, true), 'switch');
  });

  it('goes from the first step to the end', () => {
    const taken = [firstStep];
    for (let step = nextStep(firstStep, canary, true); ; step = nextStep(step, canary, true)) {
      taken.push(step);
      if (step === 'done') {
        break;
      }
    }
    // The ids stand in the journals of existing data homes.
    assert.deepEqual(taken, ['preflight', 'environment', 'replica', 'ready', 'smoke-test', 'canary', 'switch', 'drain', 'done']);
    assert.equal(new Set(steps.map(({ id }) => id)).size, steps.length);
  });

  it('cannot be taken back by failing once it has switched', () => {
    assert.equal(hasSwitched({ step: 'switch', weight: 0 }), false);
    assert.equal(hasSwitched({ step: 'drain', weight: 100 }), true);
    assert.deepEqual([20, 100].map((weight) => hasSwitched({ step: 'step of another version', weight })), [false, true]);
  });

  it('can be promoted where it holds, and at a canary', () => {
    assert.deepEqual(
      [['held', 'switch'], ['running', 'canary'], ['running', 'switch'], ['failed', 'canary']].map(([state, step]) => isPromotable(rolloutTo(2, { state: state === 'held' || state === 'failed' ? state : 'running', step: step ?? '' }))),
      [true, true, false, false],
    );
  });
});

describe('a rollout after a restart', () => {
  const resumed = (step: string, replicaRuns: boolean, finished: readonly string[] = []): string => resumeStep({ step, strategy: canary }, finished, replicaRuns);

  it('starts its replica again when it is found dead', () => {
    for (const step of ['ready', 'smoke-test', 'canary', 'switch']) {
      assert.equal(resumed(step, false), 'replica', step);
      assert.equal(resumed(step, true), step);
    }
    for (const step of ['preflight', 'environment', 'replica', 'drain', 'done']) {
      assert.equal(resumed(step, false), step);
    }
  });

  it('leaves a step behind that this version does not have, and begins nothing anew', () => {
    assert.equal(resumed('approval', true, ['preflight', 'environment', 'replica', 'ready', 'smoke-test']), 'canary');
    assert.equal(resumed('approval', true, ['preflight', 'scan', 'environment', 'replica', 'ready', 'another']), 'smoke-test');
    assert.equal(resumed('approval', false, ['preflight', 'environment', 'replica', 'ready']), 'replica');
    assert.equal(resumed('watch', false, ['preflight', 'environment', 'replica', 'ready', 'smoke-test', 'switch', 'drain']), 'done');
    assert.equal(resumed('approval', true), firstStep);
  });
});

describe('the steps that clients see', () => {
  it('are those that the rollout takes, each done, current or to come, with shares that add up to 100', () => {
    const { steps: seen, stepLabel, progress } = progressOf(rolloutTo(2, { strategy: canary, from: live, step: 'canary', weight: 50 }));
    assert.deepEqual(
      seen.map(({ label, state }) => `${label} ${state}`),
      ['Preflight done', 'Environment done', 'Start replica done', 'Model ready done', 'Smoke test done', 'Canary current', 'Switch traffic waiting', 'Drain waiting'],
    );
    assert.equal(stepLabel, 'Canary');
    assert.equal(Math.round(seen.reduce((sum, { share }) => sum + share, 0)), 100);
    const [before, after] = [seen.slice(0, 5), seen.slice(0, 6)].map((part) => part.reduce((sum, { share }) => sum + share, 0));
    assert.ok(progress > (before ?? 0) && progress < (after ?? 0));
  });

  it('have no canary where the rollout takes none, and say where it failed', () => {
    const { steps: seen } = progressOf(rolloutTo(2, { from: live, state: 'failed', step: 'smoke-test' }));
    assert.deepEqual(seen.filter(({ state }) => state === 'failed').map(({ id }) => id), ['smoke-test']);
    assert.equal(seen.some(({ id }) => id === 'canary'), false);
    assert.equal(progressOf(rolloutTo(2, { strategy: canary, step: 'ready' })).steps.some(({ id }) => id === 'canary'), false);
  });

  it('are all done in the end', () => {
    const { steps: seen, progress } = progressOf(rolloutTo(2, { state: 'succeeded', step: 'done', weight: 100 }));
    assert.deepEqual(new Set(seen.map(({ state }) => state)), new Set(['done']));
    assert.equal(progress, 100);
  });

  it('have the step of another version under its id', () => {
    const { steps: seen, stepLabel } = progressOf(rolloutTo(2, { state: 'failed', step: 'approval' }));
    assert.deepEqual(seen.at(-1), { id: 'approval', label: 'approval', share: 0, state: 'failed' });
    assert.deepEqual([stepLabel, labelOf('done')], ['approval', 'Done']);
  });
});
