import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { compareAnswers } from './answers.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { startHarness, type Harness, type OpenedPanel } from './harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

async function open(context: TestContext, runs = twoRuns): Promise<OpenedPanel> {
  const panel = await harness.open({ subject: { panel: 'compare', runIds: runs.map(({ runId }) => runId) }, answers: compareAnswers(runs) });
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
  await page.getByRole('region', { name: 'Params of the selected runs' }).getByRole('row', { name: /model__C \(differs\) none 1\.0/ }).waitFor();
  await page.getByRole('region', { name: 'Data of the selected runs' }).getByRole('row', { name: /churn\.csv \(differs\) [0-9a-f]{8} [0-9a-f]{8}$/ }).waitFor();
  await page.getByText('churn.ipynb: 1 cell changed, 1 cell added, 1 cell removed; 9 alike').waitFor();
  await page.getByRole('button', { name: 'Open diff' }).click();
  assert.deepEqual(commands, [{ command: 'slipway.compareRunNotebooks', argument: { from: twoRuns[0]?.runId, to: twoRuns[1]?.runId } }]);
});

test('of many runs the values are counted, and no notebooks are asked for', async (context) => {
  const { page, calls } = await open(context, manyRuns(7, 2, 2));
  await page.getByRole('region', { name: 'Environment of the selected runs' }).getByRole('row', { name: /scikit-learn \(differs\) 1\.7\.1 6 runs 1\.7\.2 1 run/ }).waitFor();
  await page.waitForTimeout(300);
  assert.ok(!calls.includes('compareNotebooks'));
});
