import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Run } from '../../server/contract/tracking.ts';
import { compareAnswers } from './answers.ts';
import { partOf } from './fixtures/runTables.ts';
import { capturedRun, executionsOfCaptured, linkedRun } from './fixtures/runs.ts';
import { Refusal, startHarness, type Answers, type Harness, type OpenedPanel } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

async function open(context: TestContext, answers: Answers<'compare'> = compareAnswers([capturedRun])): Promise<OpenedPanel> {
  const panel = await harness.open({ subject: { panel: 'compare', runIds: [capturedRun.runId] }, answers });
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  return panel;
}

test('a captured run tells which cell ran when, how long, with which source and output', async (context) => {
  const { page, commands } = await open(context);
  const cells = page.getByRole('region', { name: 'Cells' });
  await cells.getByText('6 executions').waitFor();
  const rows = cells.locator('.execution');
  assert.equal(await rows.count(), executionsOfCaptured.length);
  assert.match((await rows.nth(3).textContent()) ?? '', /failed.*cell 4.*model\.fit\(train_x, train_y\).*12 s.*ValueError: Input X contains NaN\./);
  await rows.nth(4).getByText('2 figures').waitFor();
  await rows.nth(3).getByRole('button').click();
  await cells.getByRole('button', { name: 'Compare with now' }).click();
  assert.deepEqual(commands, [
    { command: 'slipway.showExecution', argument: { runId: capturedRun.runId, sequence: 4 } },
    { command: 'slipway.compareNotebookWithRun', argument: { runId: capturedRun.runId } },
  ]);
});

test('what a run that a cell logged holds stands with its cell and in columns of its own, as it is now', async (context) => {
  let logged: Run = linkedRun;
  const answers = { ...compareAnswers([capturedRun]), readRunTable: ({ runIds }: { runIds: string[] }) => partOf([capturedRun, logged].filter(({ runId }) => runIds.includes(runId))) };
  const panel = await open(context, answers);
  const { page } = panel;
  const ofCell = page.getByRole('list', { name: 'Runs that cell 6 logged' });
  await ofCell.getByText('0.8471').waitFor();
  await ofCell.getByText('lbfgs').waitFor();
  await page.getByRole('columnheader', { name: 'Linked runs · Metrics' }).waitFor();
  const row = page.getByRole('grid').getByRole('row').filter({ has: page.getByRole('rowheader', { name: /churn 2026/ }) });
  assert.match((await row.textContent()) ?? '', /0\.91.*0\.05.*0\.8471/);
  logged = { ...linkedRun, metrics: { ...linkedRun.metrics, roc_auc: 0.9 } };
  await panel.event({ topic: 'run', runId: linkedRun.runId, experimentId: '1' });
  await ofCell.getByText('0.9', { exact: true }).waitFor();
  assert.match((await row.textContent()) ?? '', /0\.91.*0\.05.*0\.9/);
  await ofCell.getByRole('button', { name: 'logreg' }).click();
  assert.deepEqual(panel.shown, [{ panel: 'compare', runIds: [capturedRun.runId, linkedRun.runId] }]);
});

test('a captured run of another machine says where its cells are, and offers nothing that would fail', async (context) => {
  const { page } = await open(context, {
    ...compareAnswers([capturedRun]),
    listExecutions: () => {
      throw new Refusal({ reason: 'not-found', message: 'There is no captured run on this machine.', field: 'runId' });
    },
  });
  const cells = page.getByRole('region', { name: 'Cells' });
  await cells.getByText('kept on the machine where it was recorded').waitFor();
  assert.equal(await cells.getByRole('button').count(), 0);
  assert.equal(await page.getByRole('alert').count(), 0);
});
