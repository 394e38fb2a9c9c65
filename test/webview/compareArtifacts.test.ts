import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { compareAnswers } from './answers.ts';
import { artifactsOf } from './fixtures/artifacts.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { startHarness, type Harness, type OpenedPanel, type PanelSetup } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

async function open(context: TestContext, setup: Partial<PanelSetup<'compare'>> = {}): Promise<OpenedPanel> {
  const panel = await harness.open({ subject: { panel: 'compare', runIds: twoRuns.map(({ runId }) => runId) }, answers: compareAnswers(twoRuns), state: { tab: 'images' }, ...setup });
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  await panel.page.getByRole('rowheader', { name: 'training_roc_curve.png' }).waitFor();
  return panel;
}

test('images of the selected runs are side by side, runs as columns', async (context) => {
  const { page } = await open(context);
  const matrix = page.getByRole('region', { name: 'Images and tables' }).last();
  await matrix.scrollIntoViewIfNeeded();
  assert.deepEqual(await matrix.getByRole('columnheader').allInnerTexts().then((texts) => texts.slice(0, 2)), ['gradient-boosting', 'logistic-baseline']);
  for (const run of ['gradient-boosting', 'logistic-baseline']) {
    const image = page.getByRole('img', { name: `training_roc_curve.png of ${run}` });
    await image.waitFor();
    assert.equal(await image.evaluate((element) => (element instanceof HTMLImageElement ? element.decode().then(() => element.naturalWidth) : 0)), 320);
  }
  await page.getByText('7.3 MB: more than the 5 MB that are shown here.').waitFor();
});

test('a series of images has a step that survives a reload', async (context) => {
  const first = await open(context);
  const slider = first.page.getByRole('slider', { name: 'Step of samples/digits' });
  await first.page.getByRole('img', { name: 'samples/digits, step 200 of gradient-boosting' }).waitFor();
  await slider.fill('1');
  await first.page.getByRole('img', { name: 'samples/digits, step 100 of logistic-baseline' }).waitFor();
  const { page } = await open(context, { state: await first.state() });
  await page.getByRole('img', { name: 'samples/digits, step 100 of gradient-boosting' }).waitFor();
});

test('an image is enlarged, and the arrow keys go to the next run', async (context) => {
  const { page, commands } = await open(context);
  await page.getByRole('rowheader', { name: 'training_roc_curve.png' }).scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'training_roc_curve.png of gradient-boosting' }).click();
  const dialog = page.getByRole('dialog', { name: 'training_roc_curve.png' });
  await dialog.getByRole('img', { name: 'training_roc_curve.png of gradient-boosting' }).waitFor();
  await dialog.getByRole('button', { name: 'Next run' }).focus();
  await page.keyboard.press('ArrowRight');
  await dialog.getByRole('img', { name: 'training_roc_curve.png of logistic-baseline' }).waitFor();
  await dialog.getByText('Open File').click();
  assert.deepEqual(commands, [{ command: 'slipway.openArtifact', argument: { runId: twoRuns[1]?.runId, path: 'training_roc_curve.png' } }]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('tables are side by side with the cells that differ', async (context) => {
  const { page } = await open(context);
  await page.getByRole('rowheader', { name: 'eval_results_table.json' }).scrollIntoViewIfNeeded();
  const table = page.getByRole('region', { name: 'eval_results_table.json of logistic-baseline' });
  await table.waitFor();
  assert.equal(await table.getByRole('row').count(), 9);
  await page.getByText('8 rows, 9 cells differ from the first run').waitFor();
  assert.equal(await table.getByRole('cell', { name: /differs/ }).count(), 9);
  await page.getByText('Only what differs').click();
  await page.waitForFunction(() => document.querySelectorAll('[aria-label="eval_results_table.json of logistic-baseline"] tbody tr').length === 7);
  const matrix = page.getByRole('region', { name: 'confusion_matrix.csv of gradient-boosting' });
  assert.equal(await matrix.locator('.cell-heat').count(), 4);
});

test('a page of a run is opened in the editor and not run', async (context) => {
  const { page, commands } = await open(context);
  await page.getByRole('row', { name: /HTML is not run here/ }).getByRole('button', { name: 'Open file' }).first().click();
  assert.deepEqual(commands, [{ command: 'slipway.openArtifact', argument: { runId: twoRuns[0]?.runId, path: 'estimator.html' } }]);
  assert.equal(await page.title(), 'compare');
});

for (const theme of ['dark-modern', 'light-modern'] as const) {
  test(`images and tables have no serious accessibility finding in ${theme}`, async (context) => {
    const { page } = await open(context, { theme });
    await page.getByRole('rowheader', { name: 'confusion_matrix.csv' }).scrollIntoViewIfNeeded();
    await page.getByRole('region', { name: 'confusion_matrix.csv of gradient-boosting' }).waitFor();
    const find = async (): Promise<string[]> =>
      (await new AxeBuilder({ page }).analyze()).violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html}`));
    assert.deepEqual(await find(), []);
    await page.getByRole('button', { name: 'training_roc_curve.png of gradient-boosting' }).click();
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await find(), []);
  });
}

test('many columns scroll in their own region: what only screen readers read does not widen the page', async (context) => {
  const runs = manyRuns(8, 1, 1);
  const { page } = await open(context, {
    subject: { panel: 'compare', runIds: runs.map(({ runId }) => runId) },
    answers: { ...compareAnswers(runs), listRunArtifacts: ({ runIds }) => ({ runs: artifactsOf(runs.filter((run) => runIds.includes(run.runId))) }) },
  });
  const heading = page.getByRole('rowheader', { name: 'confusion_matrix.csv' });
  await heading.scrollIntoViewIfNeeded();
  await page.getByText('cells differ from the first run').last().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});
