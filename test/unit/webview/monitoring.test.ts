import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleCurl } from '../../../webview/monitoring/exampleRequest.ts';
import { loadSpan, type FixedSpan } from '../../../webview/monitoring/span.ts';
import { defectsOf, summaryText } from '../../../webview/monitoring/summaries.ts';
import { churnFeatures } from '../../webview/fixtures/monitoring.ts';

const feature = (name: string): (typeof churnFeatures)[number] => {
  const found = churnFeatures.find((item) => item.name === name);
  assert.ok(found !== undefined);
  return found;
};

test('auto takes the shortest span with traffic', async () => {
  const loaded: FixedSpan[] = [];
  const load = (span: FixedSpan): Promise<number> => {
    loaded.push(span);
    return Promise.resolve(span === '24h' ? 5 : 0);
  };
  assert.deepEqual(await loadSpan('auto', '15m', load, (requests) => requests > 0), { span: '24h', loaded: 5 });
  assert.deepEqual(loaded, ['15m', '1h', '24h']);
});

test('auto takes the shortest span when there is no traffic at all, and a chosen span is kept', async () => {
  assert.equal((await loadSpan('auto', '15m', () => Promise.resolve(0), () => false)).span, '15m');
  assert.equal((await loadSpan('7d', '15m', () => Promise.resolve(0), () => false)).span, '7d');
});

test('summaries are mean and deviation, or the most frequent values', () => {
  assert.equal(summaryText(feature('age').baseline), '45 ± 14');
  assert.equal(summaryText(feature('contract').baseline, 1), 'Month-to-month 55%');
  assert.equal(summaryText(null), '–');
  assert.equal(defectsOf(null), undefined);
});

test('the example request has one typical row with the right types, or that of the input example, and its quotes survive a shell', () => {
  const body = (command: string): unknown => JSON.parse(/-d '(?<body>.*)'$/.exec(command)?.groups?.['body']?.replaceAll(`'\\''`, `'`) ?? '');
  assert.deepEqual(body(exampleCurl('http://127.0.0.1:5080/endpoints/churn', churnFeatures)), {
    dataframe_split: {
      columns: ['age', 'tenure_months', 'monthly_charges', 'contract', 'payment_method', 'paperless_billing'],
      data: [[45, 32, 64.76, 'Month-to-month', 'Electronic check', true]],
    },
  });
  const quoted = exampleCurl('http://x', [{ name: "customer's plan", type: 'string', baseline: null, live: null, drift: [] }, { name: 'seats', type: 'long', baseline: null, live: null, drift: [], example: 12 }]);
  assert.deepEqual(body(quoted), { dataframe_split: { columns: ["customer's plan", 'seats'], data: [['text', 12]] } });
});
