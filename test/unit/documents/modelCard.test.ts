import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { cardMarkdown, cardPage } from '../../../server/contract/format/cardText.ts';
import type { ModelCard } from '../../../server/contract/modelCard.ts';
import type { PerformancePart } from '../../../server/contract/performance.ts';
import type { ModelVersion } from '../../../server/contract/registry.ts';

const digest = 'ab'.repeat(32);
const bare: ModelVersion = { name: 'churn', version: 7, description: '', createdAt: 0, aliases: [], tags: {}, flavors: [], params: {}, metrics: {}, lineage: { data: [] } };
const empty: ModelCard = { madeAt: 0, version: bare, statements: {}, served: [], watched: [] };
const part: PerformancePart = {
  predictions: 400,
  unknown: 0,
  labelled: 100,
  evaluation: {
    kind: 'binary',
    metrics: [{ metric: 'auc', value: 0.9121, interval: { low: 0.87, high: 0.95, method: 'delong' } }, { metric: 'accuracy', value: null, reason: 'no threshold' }],
    positive: '1',
    confusion: { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 },
    calibration: [],
  },
};
const full: ModelCard = {
  madeAt: 0,
  version: {
    ...bare,
    aliases: ['champion'],
    digest,
    bytes: 2048,
    flavors: ['python_function', 'sklearn'],
    signature: { inputs: [{ name: 'age', type: 'long', required: true }], outputs: [{ type: 'double', required: true }] },
    params: { C: '0.5' },
    metrics: { auc: 0.93 },
    lineage: { runId: 'r1', data: [{ path: '/data/a|b.csv', sha256: digest, bytes: 10, modifiedAt: 0 }], environment: { sha256: digest, packages: 12, python: '3.12.1' } },
  },
  statements: { owner: 'churn team', limits: '# no heading\n\n<script>alert(1)</script> [link](http://x)', license: 'apache-2.0' },
  served: [{ endpoint: 'churn', release: digest, from: 0 }],
  watched: [
    {
      endpoint: 'churn',
      from: 0,
      to: 1,
      requests: 500,
      errors: 2,
      verdict: { kind: 'nothing-moved', sentence: 'Nothing has moved.', advice: null },
      performance: part,
      incidents: [{ id: 3, endpoint: 'churn', state: 'resolved', severity: 'critical', title: '10 % failed', openedAt: 0, acknowledgedAt: null, resolvedAt: 1 }],
    },
  ],
};

/** Sections of Markdown by their titles. */
function sections(text: string): Map<string, string> {
  return new Map(text.split('\n## ').slice(1).map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n')).trim()]));
}

describe('a model card', () => {
  it('says of everything that is not known that it is not', () => {
    const found = sections(cardMarkdown(empty));
    for (const title of ['Owner', 'Intended use', 'Out of scope', 'Limits and risks', 'Human oversight', 'Runbook']) {
      assert.match(found.get(title) ?? '', /^\*Nobody has said\. /, title);
    }
    assert.match(found.get('Evaluation') ?? '', /^\*Not evaluated: the run logged no metric\.\*\n\n\*Not evaluated on live traffic: .*\*\n\n\*By slices: not evaluated\.\*$/);
    assert.match(found.get('Fairness') ?? '', /By groups: not evaluated/);
    assert.match(found.get('Training data') ?? '', /^\*Not known/);
    assert.match(found.get('Monitoring and incidents') ?? '', /live on no endpoint/);
    assert.equal((found.get('Model details') ?? '').split('\n').filter((row) => row.endsWith('| not known |')).length, 7);
    assert.deepEqual(parse(cardMarkdown(empty).split('---\n')[1] ?? ''), { model_name: 'churn 7', tags: ['mlflow', 'slipway'] });
  });

  it('has what is known, metrics by labels with their interval and what they cover', () => {
    const text = cardMarkdown(full);
    const found = sections(text);
    assert.deepEqual(parse(text.split('---\n')[1] ?? ''), { model_name: 'churn 7', license: 'apache-2.0', library_name: 'sklearn', tags: ['mlflow', 'slipway', 'sklearn'] });
    assert.match(found.get('Evaluation') ?? '', /\| auc \| 0\.93 \| as the run logged it; no interval \|/);
    assert.match(found.get('Evaluation') ?? '', /\| AUC on churn \| 0\.912\d* \| .*0\.87.*0\.95.* \|/);
    assert.match(found.get('Evaluation') ?? '', /Covers 100 of 400 predictions labelled/);
    assert.match(found.get('Monitoring and incidents') ?? '', /\| churn \| 500 \| 2 \| Nothing has moved\. \|[\s\S]*\| 3, critical \|.*\| resolved \| 10 % failed \|/);
    assert.match(found.get('Training data') ?? '', new RegExp(`\\| /data/a\\\\\\|b\\.csv \\| ${digest} \\|`));
    assert.match(found.get('Model details') ?? '', /\| Environment \| Python 3\.12\.1, 12 packages/);
    assert.match(found.get('Where it has been live') ?? '', /\| churn \| .* \| now \|/);
    assert.equal(found.get('Owner'), 'churn team');
  });

  it('takes what people and models say for text, in Markdown and in HTML', () => {
    assert.equal(sections(cardMarkdown(full)).get('Limits and risks'), '\\# no heading\n\n\\<script\\>alert(1)\\</script\\> \\[link\\](http://x)');
    const page = cardPage(full);
    assert.ok(!page.includes('<script>') && page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
    assert.match(page, /default-src 'none'/);
    assert.equal(page.match(/<h2>/g)?.length, sections(cardMarkdown(full)).size);
  });
});
