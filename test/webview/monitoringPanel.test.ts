import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monitoringAnswers } from './answers.ts';
import { baselines } from './fixtures/baselines.ts';
import { releases } from './fixtures/endpoints.ts';
import { churnMonitoring, exampleMonitoring, fewRowsMonitoring, lossyMonitoring, quietMonitoring } from './fixtures/monitoring.ts';
import { unlabelledPerformance } from './fixtures/performance.ts';
import { now } from './fixtures/values.ts';
import type { PanelSetup } from '../harness/webview.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

const churnTraffic: PanelSetup<'monitoring'> = { subject: { panel: 'monitoring', endpoint: 'churn' }, answers: monitoringAnswers };

test('monitoring shows the figures of the span and the requests behind them', async (context) => {
  const { page } = await open(context, churnTraffic);
  const { total, releases: figures } = churnMonitoring(now - 900_000, now);
  const live = figures[0]?.total.requests ?? assert.fail();
  await page.locator('.figure-value', { hasText: live.toLocaleString('en') }).waitFor();
  await page.getByText(`Of version 2, which is live. ${(figures[1]?.total.requests ?? 0).toLocaleString('en')} requests of this span went to other releases: see By release.`).waitFor();
  assert.notEqual(live, total.requests);
  await page.getByRole('row', { name: /v3 .*canary 10%/ }).waitFor();
  await page.locator('.requests summary', { hasText: 'model raised' }).waitFor();
  await page.getByText('Only errors').click();
  await page.locator('.requests li').nth(2).waitFor({ state: 'detached' });
  await page.locator('.requests summary').first().click();
  await page.getByText('cannot read').nth(1).waitFor();
});

test('a release that was rolled back from keeps its errors, and the live one has none of them', async (context) => {
  const { page } = await open(context, {
    ...churnTraffic,
    answers: {
      ...monitoringAnswers,
      getMonitoring: ({ from, to }) => {
        const figures = churnMonitoring(Number(from), Number(to));
        const total = { ...figures.total, requests: 60, clientErrors: 60, serverErrors: 0 };
        return { ...figures, total, releases: [{ release: releases.three, modelVersion: 3, total }] };
      },
    },
  });
  await page.getByText('no requests', { exact: true }).waitFor();
  await page.getByRole('row', { name: /v3 .*60.*100\s?%/ }).waitFor();
  assert.equal(await page.locator('.figures').getByText(/100\s?%/).count(), 0);
});

test('live values beyond the range of the baseline are drawn', async (context) => {
  const { page } = await open(context, churnTraffic);
  const chart = page.getByRole('img', { name: /^Distribution of tenure_months\./ });
  await chart.waitFor();
  assert.equal(await chart.locator('.histogram-outside').count(), 1);
  assert.match(await chart.locator('g', { has: page.locator('.histogram-outside') }).locator('title').innerHTML(), /^(above|below) /);
});

test('a feature opens to its figures beside the baseline', async (context) => {
  const { page } = await open(context, churnTraffic);
  await page.getByRole('button', { name: 'monthly_charges' }).click();
  const table = page.getByRole('table', { name: 'Figures of monthly_charges' });
  assert.deepEqual(await table.getByRole('row', { name: /Missing/ }).getByRole('cell').allInnerTexts(), ['181', '0']);
});

test('the drift of a feature is a number with what it covers', async (context) => {
  const { page } = await open(context, churnTraffic);
  await page.getByText(/^Drift covers the 4,820 rows that release \S+ got from/).waitFor();
  const row = page.getByRole('table', { name: 'Features' }).getByRole('row', { name: /tenure_months/ });
  await row.getByText('PSI 0.41', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'tenure_months' }).click();
  const table = page.getByRole('table', { name: 'Drift of tenure_months' });
  assert.deepEqual(await table.getByRole('row', { name: /PSI/ }).getByRole('cell').allInnerTexts(), ['0.413', '–', '4,820', 'About 0.0023 is to be expected by chance, of so many rows in 7 bins.']);
  assert.deepEqual(await table.getByRole('row', { name: /Jensen-Shannon/ }).getByRole('cell').allInnerTexts(), ['0.247', '–', '4,820', '']);
  // Methods that read the values are asked when a feature is looked at.
  const usual = table.getByRole('row', { name: /Wasserstein \(normed\) Evidently’s default/ });
  await usual.waitFor();
  assert.deepEqual((await usual.getByRole('cell').allInnerTexts()).slice(0, 3), ['0.448', 'beyond 0.1', '4,820']);
});

test('the answer comes first, with what moved and what is usually done', async (context) => {
  const { page } = await open(context, churnTraffic);
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await verdict.getByText(/^tenure_months \(mean 32 → 23\), contract .* have moved and the predictions have not: data drift\./).waitFor();
  assert.deepEqual((await verdict.getByRole('listitem').allInnerTexts()).map((text) => text.split(',')[0]), ['tenure_months mean 32 → 23', 'contract Month-to-month 55% → 68%']);
  await verdict.getByText(/^Look for a change where the features come from/).waitFor();
  const row = page.getByRole('table', { name: 'Features' }).getByRole('row', { name: /contract/ });
  await row.getByText('new value: Weekly, 2% of values').waitFor();
});

test('too few rows give no number, and an input example is no baseline', async (context) => {
  const few = await open(context, { ...churnTraffic, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => fewRowsMonitoring(Number(from), Number(to)) } });
  await few.page.getByRole('row', { name: /contract/ }).getByText('42 rows; 100 are needed').waitFor();
  const example = await open(context, { ...churnTraffic, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => exampleMonitoring(Number(from), Number(to)) } });
  await example.page.getByText('6 features, no baseline (input example of 5 rows)').waitFor();
  assert.equal(await example.page.getByRole('table', { name: 'Features' }).getByText('no baseline', { exact: true }).count(), 6);
  assert.equal(await example.page.getByText(/Drift covers|PSI/).count(), 0);
});

test('requests that were answered and not logged are said beside the figures that miss them, and drawn', async (context) => {
  const { page } = await open(context, { ...churnTraffic, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => lossyMonitoring(Number(from), Number(to)) } });
  await page.getByText(/295 requests from .* to .* were answered and are not in the log: the other figures, the features and the predictions miss them\.$/).waitFor();
  await page.getByText('Requests are answered and not logged: the disk is full. Free some space; logging goes on by itself.').waitFor();
  await page.getByText(/rows logged, 295 requests not$/).waitFor();
  await page.getByRole('button', { name: /^Show Requests per .* as table$/ }).click();
  const table = page.getByRole('region', { name: /^Requests per .*, table$/ });
  await table.getByRole('columnheader', { name: 'Not logged' }).waitFor();
  await table.getByRole('cell', { name: '70', exact: true }).waitFor();
});

test('another span is asked for, and remembered', async (context) => {
  const spans: number[] = [];
  const first = await open(context, {
    ...churnTraffic,
    answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => { spans.push(Number(to) - Number(from)); return churnMonitoring(Number(from), Number(to)); } },
  });
  await first.page.getByRole('radio', { name: '24 h' }).check();
  await first.page.getByText('Requests per 24 min').waitFor();
  assert.deepEqual([spans[0], spans.at(-1)], [900_000, 86_400_000]);
  const second = await open(context, { ...churnTraffic, state: await first.state() });
  await second.page.getByText('Requests per 24 min').waitFor();
});

test('an endpoint without requests offers a command and a test request', async (context) => {
  const { page, commands, copied } = await open(context, { ...churnTraffic, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => quietMonitoring(Number(from), Number(to)) } });
  await page.getByText('No requests yet').waitFor();
  await page.getByRole('button', { name: 'Copy command' }).click();
  await page.getByText('Send Test Request', { exact: true }).click();
  assert.match(copied[0] ?? '', /^curl -X POST http:\/\/127\.0\.0\.1:5080\/endpoints\/churn\/invocations/);
  assert.deepEqual(commands, [{ command: 'slipway.sendTestRequest', argument: { endpoint: 'churn' } }]);
});

test('new traffic redraws the figures but keeps the charts and what is open', async (context) => {
  let requests = 1234;
  const { page, event } = await open(context, {
    ...churnTraffic,
    answers: {
      ...monitoringAnswers,
      getMonitoring: ({ from, to }) => {
        const figures = churnMonitoring(Number(from), Number(to));
        return { ...figures, releases: figures.releases.map((each) => (each.release === releases.two ? { ...each, total: { ...each.total, requests } } : each)) };
      },
    },
  });
  await page.getByRole('button', { name: 'tenure_months' }).click();
  await page.locator('.figure-value', { hasText: '1,234' }).waitFor();
  const canvas = await page.locator('.uplot canvas').first().elementHandle();
  requests = 5678;
  await event({ topic: 'monitoring', endpoint: 'churn' });
  await page.locator('.figure-value', { hasText: '5,678' }).waitFor();
  assert.equal(await canvas?.evaluate((element) => element.isConnected), true);
  assert.equal(await page.getByRole('table', { name: 'Figures of tenure_months' }).count(), 1);
});

test('metrics stand beside what they cover, and without labels it says how to send them', async (context) => {
  const { page } = await open(context, churnTraffic);
  const section = page.getByRole('region', { name: 'Performance', exact: true });
  await section.getByText('8,113 of 24,600 predictions labelled (33%); of 12 predictions the log has no answer').waitFor();
  const metrics = section.getByRole('table', { name: 'Metrics' });
  assert.deepEqual(await metrics.getByRole('row', { name: /AUC/ }).getByRole('cell').allInnerTexts(), ['0.861', '0.851 to 0.871']);
  assert.match((await metrics.getByRole('row', { name: /AUC/ }).getByRole('cell').nth(1).getAttribute('title')) ?? '', /DeLong/);
  assert.deepEqual(await metrics.getByRole('row', { name: /Calibration/ }).getByRole('cell').allInnerTexts(), ['0.0312', 'no interval']);
  await section.getByRole('row', { name: /v3 .*309 of 2,460/ }).waitFor();
  await section.getByRole('figure', { name: 'AUC by when it was predicted' }).waitFor();
  const none = await open(context, { ...churnTraffic, answers: { ...monitoringAnswers, getPerformance: ({ from, to }) => unlabelledPerformance(Number(from), Number(to)) } });
  await none.page.getByText('slipway labels churn labels.csv').waitFor();
  assert.equal(await none.page.getByRole('table', { name: 'Metrics' }).count(), 0);
});

test('a baseline is named with its source and rows, compared with another, and replaced', async (context) => {
  const chosen: unknown[] = [];
  const { page } = await open(context, {
    ...churnTraffic,
    answers: {
      ...monitoringAnswers,
      listBaselines: () => ({ baselines: baselines.map((each) => ({ ...each, isChosen: chosen.length === 0 ? each.isChosen : !each.isChosen })) }),
      chooseBaseline: (input) => {
        chosen.push(input);
        return baselines[0] ?? assert.fail();
      },
    },
  });
  const list = page.getByRole('list', { name: 'Baselines' });
  assert.match(await list.getByRole('listitem').nth(1).innerText(), /7,043 rows given with the model\s+compared with/);
  await list.getByRole('button', { name: /^Compare with 48,120 rows of live traffic of churn/ }).click();
  const rows = page.getByRole('table', { name: 'Compared baselines' }).getByRole('row');
  assert.match(await rows.nth(1).innerText(), /tenure_months\s+32\.4 ± 24\.6\s+29\.1 ± 23\.9\s+0\.083/);
  assert.match(await rows.nth(2).innerText(), /one of them does not have it/);
  await list.getByRole('button', { name: /^Use 48,120 rows/ }).focus();
  await page.keyboard.press('Enter');
  await list.getByRole('listitem').nth(0).getByText('compared with').waitFor();
  assert.deepEqual(chosen, [{ name: 'churn', version: 2, id: '3f9a12bc44de' }]);
});
