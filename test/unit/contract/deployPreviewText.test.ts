import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeployPreview } from '../../../server/contract/deployPreview.ts';
import { deployPreviewText } from '../../../server/contract/deployPreviewText.ts';
import { strategy } from '../../../server/contract/deployments.ts';

const [old, fresh, environment] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));

const first: DeployPreview = {
  endpoint: 'churn',
  model: 'churn',
  version: 2,
  target: 'process',
  targetLabel: 'Local process',
  replicaCount: 1,
  known: false,
  environment: { kind: 'not-resolved', why: 'Its packages were never resolved here.' },
  breaking: [],
  consequences: ['churn is created.', 'It starts with 1 replica.'],
  differences: [],
  strategy: strategy.parse({ kind: 'all-at-once' }),
  strategyFrom: 'default',
  steps: [{ id: 'preflight', label: 'Preflight' }, { id: 'switch', label: 'Switch' }],
  refusals: [],
};

describe('the preview of a deploy', () => {
  it('says what is not known before the first one', () => {
    const { subject, refusals, facts, changes } = deployPreviewText(first);
    assert.equal(subject, 'Version 2 of churn on churn (Local process, 1 replica)');
    assert.deepEqual([refusals, changes], [[], undefined]);
    assert.deepEqual(facts.map(([name]) => name), ['release', 'environment', 'callers', 'rollout', 'comes to', '']);
    assert.deepEqual(facts.slice(0, 3).map(([, text]) => text), ['known once its packages are resolved', 'resolved and built by the deploy. Its packages were never resolved here.', 'there are none yet']);
    assert.match(facts[3]?.[1] ?? '', /, as nobody says otherwise: Preflight, Switch$/);
  });

  it('says what changes for callers, from which release, and why it would be refused', () => {
    const { refusals, facts, changes } = deployPreviewText({
      ...first,
      live: { release: old ?? '', modelVersion: 1 },
      release: fresh ?? '',
      environment: { kind: 'reused', sha256: environment ?? '', python: '3.11', packages: 12 },
      breaking: ['the input age is gone', 'answers are double instead of long'],
      differences: [{ part: 'environment', key: 'numpy', before: '2.0.0', after: '2.1.0' }],
      strategyFrom: 'policy',
      refusals: [{ reason: 'conflict', message: "It breaks today's callers.", field: 'allowBreaking', remedy: 'Say that they know.' }, { reason: 'disk-full', message: 'The disk is full.' }],
    });
    assert.deepEqual(refusals, ["It breaks today's callers. Say that they know.", 'The disk is full.']);
    assert.deepEqual(facts.slice(0, 3).map(([, text]) => text), ['bbbbbbbbbbbb, new', 'cccccccccccc is there: Python 3.11 with 12 packages', 'the input age is gone; answers are double instead of long']);
    assert.match(facts[3]?.[1] ?? '', /, by the policy of the model: /);
    assert.deepEqual(changes, { from: 'From version 1 (aaaaaaaaaaaa):', lines: ['numpy 2.0.0 → 2.1.0'] });
  });
});
