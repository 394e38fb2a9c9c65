import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { compareAnswers } from './answers.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { startHarness, type Harness, type OpenedPanel } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

async function open(context: TestContext, runs = twoRuns, clock = false): Promise<OpenedPanel> {
  const panel = await harness.open({ clock, state: { tab: 'differences' }, subject: { panel: 'compare', runIds: runs.map(({ runId }) => runId) }, answers: compareAnswers(runs) });
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  return panel;
}

test('metrics have their change from the base run, which can be another one', async (context) => {
  const { page } = await open(context);
  const metrics = page.getByRole('region', { name: 'Metrics of the selected runs' });
  await metrics.getByRole('row', { name: /^roc_auc.*0\.8472.*0\.8204.*−0\.0268 \(−3\.2%\) worse/ }).waitFor();
  await metrics.getByRole('row', { name: /^log_loss.*\+0\.0265.* worse/ }).waitFor();
  await page.locator('vscode-dropdown[aria-label="Compare with"]').focus();
  await page.keyboard.press('ArrowDown');
  await metrics.getByRole('row', { name: /^roc_auc.*0\.8204.*0\.8472.*\+0\.0268 \(\+3\.3%\) better/ }).waitFor();
});

test('signature, params and data are compared, and cells of the notebook lead to its diff', async (context) => {
  const { page, commands } = await open(context);
  await page.getByRole('region', { name: 'Signature of the selected runs' }).getByRole('row', { name: /input tenure_months \(differs\) double long/ }).waitFor();
  await page.getByRole('region', { name: 'Params of the selected runs' }).getByRole('row', { name: /model__n_estimators \(differs\) 300 100/ }).waitFor();
  await page.getByRole('region', { name: 'Data of the selected runs' }).getByRole('row', { name: /churn\.csv \(differs\) [0-9a-f]{12} [0-9a-f]{12}$/ }).waitFor();
  await page.getByText('churn.ipynb: 1 cell changed, 1 cell added, 1 cell removed; 9 alike').waitFor();
  await page.getByRole('button', { name: 'Open diff' }).click();
  assert.deepEqual(commands, [{ command: 'slipway.compareRunNotebooks', argument: { from: twoRuns[0]?.runId, to: twoRuns[1]?.runId } }]);
});

test('of many runs params stay beside each other, other values are counted, and no notebooks are asked for', async (context) => {
  const runs = manyRuns(7, 2, 2).map((run, index) => ({ ...run, params: { rate: `0.012345678901${index % 2}`, tiny: String(0.1 + index / 7e15), kind: 'tree' } }));
  const { page, calls } = await open(context, runs, true);
  const params = page.getByRole('region', { name: 'Params of the selected runs' });
  await params.getByRole('columnheader', { name: 'trial-006' }).waitFor();
  assert.deepEqual(await params.getByRole('row', { name: /^kind/ }).getByRole('cell').allInnerTexts(), Array.from({ length: 7 }, () => 'tree'));
  const rates = await params.getByRole('row', { name: /^rate/ }).getByRole('cell').allInnerTexts();
  assert.deepEqual(rates.slice(0, 2), ['0.0123456789010', '0.0123456789011'], 'rounded they would look alike');
  assert.equal(await params.locator('.cell-differs').count(), 3 + 6, 'what is not as in the first run is marked');
  await page.getByRole('region', { name: 'Environment of the selected runs' }).getByRole('row', { name: /scikit-learn \(differs\) 1\.7\.1 6 runs 1\.7\.2 1 run/ }).waitFor();
  await page.clock.runFor(1000);
  assert.ok(!calls.includes('compareNotebooks'));
});

test('long lists that are alike are folded, and the focus stays where they were opened', async (context) => {
  const runs = manyRuns(2, 1, 8).map((run) => ({ ...run, params: Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`param_${index}`, 'same'])) }));
  const { page } = await open(context, runs);
  const params = page.getByRole('region', { name: 'Params of the selected runs' });
  const fold = page.getByRole('button', { name: 'Show 8 rows that are alike' });
  await fold.waitFor();
  assert.equal(await params.getByRole('row').count(), 1);
  await fold.press('Enter');
  await params.getByRole('row', { name: /^param_7 same same/ }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Hide these rows');
});

test('a control that its own action takes away leaves the focus in its section', async (context) => {
  const { page } = await open(context, manyRuns(5, 2, 2));
  await page.getByLabel('Filter runs').fill('metrics.nothing > 1');
  const all = page.getByRole('button', { name: 'Show all runs' });
  await all.press('Enter');
  await all.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.closest('.panel') !== null);
});
