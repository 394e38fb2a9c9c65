import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { compareAnswers } from './answers.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { now } from './fixtures/values.ts';
import { partOf } from './fixtures/runTables.ts';
import { until } from '../harness/until.ts';
import { startHarness, type Harness, type OpenedPanel, type PanelSetup } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

const compareTwo: PanelSetup<'compare'> = { subject: { panel: 'compare', runIds: twoRuns.map(({ runId }) => runId) }, answers: compareAnswers(twoRuns) };

async function open(context: TestContext, setup: PanelSetup<'compare'> = compareTwo): Promise<OpenedPanel> {
  const panel = await harness.open(setup);
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  await panel.page.getByRole('grid').waitFor();
  return panel;
}

test('all runs of many are there once, also one that began while the first rows were read', async (context) => {
  const runs = manyRuns(301, 2, 1);
  const began = runs.splice(-1).map((run) => ({ ...run, name: 'began meanwhile', startedAt: now }));
  const asked: number[] = [];
  const answers = compareAnswers(runs);
  let tellAll = (): void => undefined;
  const known = new Promise<void>((resolve) => {
    tellAll = resolve;
  });
  const { page } = await open(context, {
    subject: { panel: 'compare', runIds: [] },
    answers: {
      ...answers,
      listRunIds: async (input) => {
        await (asked.length === 0 ? undefined : known);
        return answers.listRunIds?.(input) ?? { runIds: [], truncated: false };
      },
      readRunTable: ({ runIds }) => {
        asked.push(runIds.length);
        if (asked.length === 1) {
          runs.unshift(...began);
        }
        return partOf(runs.filter(({ runId }) => runIds.includes(runId)));
      },
    },
  });
  await page.getByText(/^40 runs, \d+ selected, loading more$/).waitFor();
  tellAll();
  await page.getByText(/^301 runs, /).waitFor();
  assert.equal(asked[0], 40, 'the first rows are few');
  assert.equal(asked.reduce((sum, count) => sum + count), 301);
  await page.getByRole('rowheader', { name: /began meanwhile/ }).waitFor();
});

test('a filter is completed by the keyboard, and only the runs that pass it are shown, also after a reload', async (context) => {
  const first = await open(context);
  const filter = first.page.getByRole('combobox', { name: 'Filter runs' });
  await filter.pressSequentially('roc');
  await first.page.getByRole('option', { name: 'metrics.roc_auc' }).waitFor();
  await filter.press('ArrowDown');
  await filter.press('Enter');
  assert.equal(await filter.inputValue(), 'metrics.roc_auc ');
  await filter.pressSequentially('> 0.83');
  await first.page.getByText('1 of 2 runs').waitFor();
  assert.equal(await first.page.getByRole('grid').getByRole('rowheader').count(), 1);
  const second = await open(context, { ...compareTwo, state: await first.state() });
  await second.page.getByText('1 of 2 runs').waitFor();
});

test('a filter that cannot be read says so and leaves the runs as they were', async (context) => {
  const { page } = await open(context);
  const filter = page.getByRole('combobox', { name: 'Filter runs' });
  await filter.fill('params.model__C = tree');
  await filter.press('Enter');
  await page.getByRole('status').getByText('text in quotes').waitFor();
  assert.equal(await filter.getAttribute('aria-invalid'), 'true');
  assert.equal(await page.getByRole('grid').getByRole('rowheader').count(), 2);
});

test('a filter that no run passes says so and is dropped by one press', async (context) => {
  const { page } = await open(context);
  await page.getByRole('button', { name: 'Starred' }).click();
  const filter = page.getByRole('combobox', { name: 'Filter runs' });
  await filter.fill('metrics.roc_auc > 2');
  await page.getByText('No run passes the filter.').waitFor();
  await page.getByRole('button', { name: 'Show all runs' }).click();
  await page.getByRole('rowheader', { name: /logistic-baseline/ }).waitFor();
  assert.equal(await filter.inputValue(), '');
});

test('a starred run is found again after a reload', async (context) => {
  const first = await open(context);
  await first.page.getByRole('grid').focus();
  await first.page.keyboard.press('ArrowDown');
  await first.page.keyboard.press('s');
  await first.page.getByRole('rowheader', { name: /logistic-baseline.*starred/ }).waitFor();
  const second = await open(context, { ...compareTwo, state: await first.state() });
  await second.page.getByRole('button', { name: 'Starred' }).click();
  await second.page.getByText('1 of 2 runs').waitFor();
  assert.match(await second.page.getByRole('grid').getByRole('rowheader').innerText(), /logistic-baseline/);
});

test('a run is renamed by a button and by F2', { timeout: 30_000 }, async (context) => {
  const { page, commands } = await open(context);
  await page.getByRole('button', { name: 'Rename gradient-boosting' }).click();
  await until(() => commands.length === 1);
  await page.getByRole('grid').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('button', { name: 'Rename logistic-baseline' }).waitFor();
  await page.keyboard.press('F2');
  await until(() => commands.length === 2);
  assert.deepEqual(commands, twoRuns.map(({ runId }) => ({ command: 'slipway.renameRun', argument: { runId } })));
});

test('in a narrow panel a long name leaves the primary metric and a param in view', async (context) => {
  const runs = manyRuns(4, 6, 8).map((run) => ({ ...run, name: 'n'.repeat(200) }));
  const { page, close } = await harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs), width: 400 });
  context.after(close);
  await page.getByRole('grid').waitFor();
  assert.equal(await page.getByRole('grid').getAttribute('aria-colcount'), '3');
  const right = Math.max(...(await page.locator('.grid-header').evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().right))));
  assert.ok(right <= 400, `the last column ends at ${right} px`);
});
