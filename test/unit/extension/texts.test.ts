import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSteps } from '../../../extension/deployments/canarySteps.ts';
import { suggestEndpointName } from '../../../extension/deployments/endpointName.ts';
import { registerCellSource } from '../../../extension/notebooks/registerCell.ts';
import { asMetric, escapeMarkdown } from '../../../extension/vscode/format.ts';
import { escapeHtml } from '../../../server/contract/format/html.ts';
import { endpointName } from '../../../server/contract/values.ts';

test('metrics show four digits, whatever their size', () => {
  assert.deepEqual([0.913371, 1234, 1e-7, -0.5, 12345678.9, 'NaN' as const, Number.MAX_VALUE, '-Infinity' as const].map(asMetric), ['0.9134', '1,234', '1.00e-7', '-0.5', '1.23e+7', 'NaN', '∞', '−∞']);
});

test('text is inert in Markdown and in HTML', () => {
  assert.equal(escapeMarkdown('[a](b) `c` <d>'), '\\[a\\]\\(b\\) \\`c\\` \\<d\\>');
  assert.equal(escapeHtml('<a href="x">\'&'), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
});

test('canary steps rise', () => {
  assert.deepEqual(parseSteps('5, 25,50 @ 60'), { steps: [5, 25, 50], stepSeconds: 60 });
  assert.deepEqual(parseSteps('10'), { steps: [10], stepSeconds: 30 });
  for (const wrong of ['', '50, 10', '10, 10', '0', '100', '10 @', 'ten']) {
    assert.equal(parseSteps(wrong), undefined, wrong);
  }
});

test('an endpoint name can be made from any model name', () => {
  for (const model of ['Churn', 'my model (v2)', '__x__', 'Ünïcode', '!!!', 'a'.repeat(200)]) {
    assert.ok(endpointName.safeParse(suggestEndpointName(model)).success, model);
  }
});

test('the registering cell names what it registers and takes the example if there is one', () => {
  const source = registerCellSource({ variable: 'clf', name: 'fraud/eu', example: 'x_test', connect: '# old\nimport mlflow' });
  assert.match(source, /^# Slipway: register clf as "fraud\/eu"\nimport mlflow\n/);
  assert.match(source, /\nslipway\.register\(clf, "fraud\/eu", example=x_test\)$/);
  assert.ok(!registerCellSource({ variable: 'clf', name: 'a', connect: '' }).includes('example='));
});
