import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tiers } from '../../../server/contract/policyFile.ts';
import { tierEntries } from '../../../server/contract/policyTiers.ts';
import { describePolicy, policyOf } from '../../../server/governance/policy/modelPolicy.ts';
import { readPolicyFile } from '../../../server/governance/policy/readPolicyFile.ts';

function stated(text: string, name = 'churn') {
  const { entries, problem } = readPolicyFile(text);
  assert.equal(problem, undefined);
  const found = entries.find((entry) => entry.name === name) ?? assert.fail();
  return { ...found, file: '/home/ana/churn/slipway.yaml', adoptedAt: 0 };
}

describe('a policy file', () => {
  const broken: readonly (readonly [string, number, number, RegExp])[] = [
    ['models:\n  churn:\n    teir: standard\n', 3, 5, /^teir is nothing that can stand in models\.churn/],
    ['models:\n  churn:\n    tier: gold\n', 3, 5, /^models\.churn\.tier: .*experimental/],
    ['models:\n  churn:\n    owners: [ana, 7]\n', 3, 19, /^models\.churn\.owners\.1: /],
    ['models:\n  churn:\n    tier: standard\n    rollout: {steps: [50, 10]}\n', 4, 15, /have to rise: 50, 10/],
    ['models:\n  churn:\n    rollout: {hold: true}\n', 3, 5, /needs a kind/],
    ['models:\n  churn:\n    tier: standard\n    rollout:\n      kind: blue-green\n      steps: [10]\n', 6, 7, /steps means nothing for a rollout of the kind blue-green/],
    ['models:\n  churn: {tier: standard\n', 3, 1, /./],
    ['models:\n  churn: {}\n  churn: {}\n', 3, 3, /unique/],
    ['models:\n  churn: !!python/object {}\n', 2, 10, /tag/i],
    ['', 1, 1, /The file: /],
    ['- models\n', 1, 1, /The file: /],
    ['models:\n  "a/b": {}\n', 2, 3, /name of a registered model/],
    ['models:\n  churn:\n    retraining: {parameters: {C: 1}}\n', 3, 5, /retraining\.notebook: /],
    ['models:\n  churn:\n    retraining: {notebook: train.py}\n', 3, 18, /must be a notebook/],
    ['models:\n  churn:\n    retraining: {notebook: train.ipynb, schedule: "0 25 * * *"}\n', 3, 41, /0 25 \* \* \* is no schedule/],
    ['models:\n  churn:\n    retraining: {notebook: train.ipynb, schedule: "0 0 3 * * *"}\n', 3, 41, /is no schedule/],
    ['models:\n  churn:\n    retraining: {notebook: train.ipynb, schedule: "0 3 * * 1", timeZone: Mars/Olympus}\n', 3, 64, /Mars\/Olympus is no time zone/],
    ['models:\n  churn:\n    retraining: {notebook: train.ipynb, timeZone: Europe/Berlin}\n', 3, 41, /without a schedule/],
    ['models:\n  churn:\n    retraining: {notebook: train.ipynb, parameters: {learning-rate: 1}}\n', 3, 54, /name of a variable/],
    ['models:\n  churn:\n    tier: critical\n    approvals: {signed: true}\n', 4, 17, /^signed needs allowedSigners/],
    ['models:\n  churn:\n    tier: standard\n    approvals: {signed: true, allowedSigners: signers}\n', 4, 17, /^signed needs required: the tier standard asks for no approval/],
    ['models:\n  churn:\n    alerts: {latncy: {threshold: 5}}\n', 3, 14, /latncy/],
  ];
  for (const [text, line, column, says] of broken) {
    it(`says where it is wrong: ${JSON.stringify(text)}`, () => {
      const { problem } = readPolicyFile(text);
      assert.match(problem?.message ?? '', says);
      assert.deepEqual([problem?.line, problem?.column], [line, column], problem?.message);
    });
  }

  it('is right with what each tier has by itself', () => {
    for (const tier of tiers) {
      assert.deepEqual(readPolicyFile(`models:\n  churn:\n    tier: ${tier}\n`).problem, undefined);
      assert.equal(policyOf(stated(`models:\n  churn:\n    tier: ${tier}\n`)).rollout?.kind, tierEntries[tier].rollout?.kind);
    }
  });

  it('states only what differs, and each value has its source', () => {
    const text = ['models:', '  churn:', '    tier: standard', '    requirements:', '      latencyP99Milliseconds: 200', '      availability: 0.999', '    rollout:', '      steps: [5]', '    alerts:', '      latency: {forMinutes: 1}', ''].join('\n');
    const { tier, values } = describePolicy('churn', stated(text));
    const sources = Object.fromEntries(values.map(({ key, value, source }) => [key, [value, source.kind === 'tier' ? source.tier : source.kind === 'unknown' ? '' : source.line]]));
    assert.equal(tier, 'standard');
    assert.deepEqual(sources['rollout.kind'], ['canary', 'standard']);
    assert.deepEqual(sources['rollout.steps'], [[5], 8]);
    assert.deepEqual(sources['alerts.latency.forMinutes'], [1, 10]);
    assert.deepEqual(sources['alerts.latency.threshold'], [200, 5], 'follows from the requirement');
    assert.deepEqual(sources['alerts.error-rate.threshold'], [0.001, 6]);
    assert.equal(policyOf(stated(text)).sourceOf('alerts.latency.threshold'), '/home/ana/churn/slipway.yaml:5');
  });

  it('takes another kind of rollout with nothing of the plan of the tier', () => {
    const policy = policyOf(stated('models:\n  churn:\n    tier: critical\n    rollout: {kind: all-at-once}\n'));
    assert.deepEqual([policy.rollout?.kind, policy.rollout?.rehearse, policy.rollout?.checks.minimumRequests], ['all-at-once', 0, 20]);
  });

  it('says what each other tier would add', () => {
    const { others } = describePolicy('churn', undefined);
    const standard = others.find(({ tier }) => tier === 'standard')?.values ?? assert.fail();
    assert.deepEqual(standard.find(({ key }) => key === 'rollout.kind'), { key: 'rollout.kind', value: 'canary' });
    const fromStandard = describePolicy('churn', stated('models:\n  churn:\n    tier: standard\n')).others.find(({ tier }) => tier === 'critical')?.values ?? assert.fail();
    assert.deepEqual(fromStandard.find(({ key }) => key === 'rollout.hold'), { key: 'rollout.hold', value: true, now: false });
    assert.equal(fromStandard.find(({ key }) => key === 'rollout.kind'), undefined);
  });

  it('leaves a model that it does not name as it is: nothing is asked of it', () => {
    const policy = policyOf(undefined);
    assert.deepEqual([policy.tier, policy.rollout, policy.entry], ['experimental', undefined, {}]);
  });
});
