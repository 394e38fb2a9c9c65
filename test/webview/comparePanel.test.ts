import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareAnswers } from './answers.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { partOf } from './fixtures/runTables.ts';
import type { PanelSetup } from '../harness/webview.ts';
import { until } from '../harness/until.ts';
import { sparkPoints } from '../../webview/tracking/sparklines.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

const runIds = twoRuns.map(({ runId }) => runId);
const compareTwo: PanelSetup<'compare'> = { subject: { panel: 'compare', runIds }, answers: compareAnswers(twoRuns) };

test('the comparison shows runs as rows and marks the best values', async (context) => {
  const { page } = await open(context, compareTwo);
  const grid = page.getByRole('grid');
  await grid.getByRole('rowheader', { name: /gradient-boosting/ }).waitFor();
  assert.equal(await grid.getAttribute('aria-rowcount'), '4');
  const best = grid.getByRole('gridcell', { name: /^0\.8472.*best/ });
  assert.equal(await best.count(), 1);
});

test('columns that do not tell the runs apart are hidden until they are asked for', async (context) => {
  const { page } = await open(context, compareTwo);
  const grid = page.getByRole('grid');
  await grid.waitFor();
  const columns = async (): Promise<number> => Number(await grid.getAttribute('aria-colcount'));
  await page.getByText(/\d+ columns hidden/).waitFor();
  const few = await columns();
  await page.getByRole('button', { name: 'show all' }).click();
  const all = await columns();
  assert.deepEqual([few, all], [10, 18]);
  await page.getByText('Only what differs').click();
  assert.ok((await columns()) < all);
});

test('the grid is one tab stop with arrow keys, and Enter on a header sorts', async (context) => {
  const { page } = await open(context, compareTwo);
  const grid = page.getByRole('grid');
  await grid.focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const active = page.locator(`[id="${(await grid.getAttribute('aria-activedescendant')) ?? ''}"]`);
  assert.equal(await active.getAttribute('role'), 'columnheader');
  assert.equal(await active.innerText(), 'Duration');
  await page.keyboard.press('Enter');
  assert.equal(await page.getByRole('columnheader', { name: 'Duration' }).getAttribute('aria-sort'), 'ascending');
  await page.keyboard.press('Enter');
  assert.match((await grid.getByRole('rowheader').first().innerText()) ?? '', /logistic-baseline/);
});

test('a far cell is drawn once the keyboard reaches it, and only what is in view is drawn', async (context) => {
  const runs = manyRuns(200, 25, 15);
  const { page } = await open(context, { subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs), state: { allColumns: true } });
  await page.getByText('200 runs, ').waitFor();
  const grid = page.getByRole('grid');
  await grid.focus();
  assert.equal(await grid.getAttribute('aria-rowcount'), '202');
  assert.equal(await grid.getAttribute('aria-colcount'), '43');
  await page.keyboard.press('Control+End');
  const active = page.locator(`[id="${(await grid.getAttribute('aria-activedescendant')) ?? ''}"]`);
  await active.waitFor();
  assert.equal(await active.getAttribute('aria-colindex'), '43');
  assert.ok((await grid.getByRole('gridcell').count()) < 1000, 'most of the 8,400 cells are not drawn');
});

test('the selected runs are those of the charts, and survive a reload', async (context) => {
  const first = await open(context, compareTwo);
  await first.page.getByRole('figure', { name: 'val_loss' }).waitFor();
  await first.page.getByRole('grid').focus();
  await first.page.keyboard.press('Space');
  await first.page.getByRole('figure', { name: 'val_loss' }).getByRole('button', { name: 'gradient-boosting' }).waitFor({ state: 'detached' });
  const second = await open(context, { ...compareTwo, state: await first.state() });
  await second.page.getByText('2 runs, 1 selected').waitFor();
});

test('a metric with steps has a small line beside its value, asked for once for what is in view', async (context) => {
  const runs = manyRuns(120, 4, 3);
  const asked: number[] = [];
  const answers = compareAnswers(runs);
  const { page } = await open(context, {
    subject: { panel: 'compare', runIds: [] },
    width: 1400,
    answers: {
      ...answers,
      getMetricSeries: (input) => {
        if (input.maxPoints === sparkPoints) {
          asked.push(input.runIds.length);
        }
        return answers.getMetricSeries?.(input) ?? { series: [] };
      },
    },
  });
  const grid = page.getByRole('grid');
  await grid.locator('.sparkline path').first().waitFor({ state: 'attached' });
  const drawn = await grid.locator('.sparkline path').count();
  assert.ok(drawn > 5 && drawn < 120, `${drawn} lines are drawn: those in view`);
  assert.match((await grid.locator('.sparkline path').first().getAttribute('d')) ?? '', /^M1\.0 \S+(?:L\S+ \S+){10,}$/);
  assert.equal(asked.length, 1);
  assert.ok((asked[0] ?? 0) < 60, `${asked.join()} runs of 120 are asked for`);
  await grid.focus();
  await page.keyboard.press('Control+End');
  await until(() => asked.length === 2);
});

test('every chart has its numbers as a table', async (context) => {
  const { page } = await open(context, compareTwo);
  await page.getByRole('button', { name: 'Show val_loss as table' }).click();
  const table = page.getByRole('region', { name: 'val_loss, table' });
  assert.equal(await table.getByRole('row').count(), 61);
});

test('the comparison is copied as Markdown', async (context) => {
  const { page, copied } = await open(context, compareTwo);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('menuitem', { name: /Markdown/ }).click();
  assert.match(copied[0] ?? '', /^\| Run \| val_loss \| Started \|.*\n.*\n\| gradient-boosting \|/);
});

test('the runs that are meant are shared as a file, in the order of the table, with the one that they are compared with', async (context) => {
  const { page, commands } = await open(context, { ...compareTwo, state: { reference: runIds[1] ?? '' } });
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Space');
  await page.getByText('2 runs, 1 selected').waitFor();
  await page.getByRole('button', { name: 'Share' }).click();
  const [first = '', second = ''] = runIds;
  assert.deepEqual(commands, [
    { command: 'slipway.shareComparison', argument: { runIds: [first, second], referenceId: second } },
    { command: 'slipway.shareComparison', argument: { runIds: [second], referenceId: second } },
  ]);
});

test('a run leads to its notebook cell and to the registration of its model', async (context) => {
  const { page, commands } = await open(context, compareTwo);
  await page.getByRole('button', { name: 'Open cell 7 of churn.ipynb' }).click();
  await page.getByRole('button', { name: 'Register model' }).click();
  assert.deepEqual(commands.map(({ command }) => command), ['slipway.openNotebookCell', 'slipway.registerModel']);
  assert.deepEqual(commands[1]?.argument, { runId: runIds[0] });
});

test('a narrow panel shows a table of names, the primary metric and a param', async (context) => {
  const { page } = await open(context, { ...compareTwo, width: 320 });
  await page.getByRole('rowheader', { name: /gradient-boosting/ }).waitFor();
  assert.equal(await page.getByRole('grid').getAttribute('aria-colcount'), '3');
});

test('a panel paints from what it remembers before the host says what it shows', async (context) => {
  const { page, calls } = await open(context, { ...compareTwo, state: { subject: compareTwo.subject, allColumns: true } });
  await page.getByRole('button', { name: 'show only those that tell runs apart' }).waitFor();
  assert.deepEqual(calls.filter((name) => name === 'readRunTable'), ['readRunTable']);
});

test('a panel begins with the subject that its page names, and fetches it once', async (context) => {
  const { page, calls } = await open(context, compareTwo);
  await page.getByRole('tab', { name: 'Differences' }).waitFor();
  assert.deepEqual(calls.filter((name) => name === 'readRunTable' || name === 'listRunIds'), ['readRunTable']);
});

test('an event fetches again what is shown', async (context) => {
  let name = 'first name';
  const { page, event } = await open(context, {
    ...compareTwo,
    answers: { ...compareTwo.answers, readRunTable: ({ runIds: wanted }) => partOf(twoRuns.map((run, index) => (index === 0 ? { ...run, name } : run)).filter(({ runId }) => wanted.includes(runId))) },
  });
  await page.getByRole('rowheader', { name: /first name/ }).waitFor();
  name = 'second name';
  await event({ topic: 'run', runId: runIds[0] ?? '', experimentId: '1' });
  await page.getByRole('rowheader', { name: /second name/ }).waitFor();
});

test('what there is below the table is chosen by tabs, also by keys, and stays chosen', async (context) => {
  const runs = manyRuns(20, 8, 6);
  const setup: PanelSetup<'compare'> = { subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs), width: 1400 };
  const { page, calls, state } = await open(context, setup);
  const tabs = page.getByRole('tab');
  await page.getByRole('tabpanel', { name: 'Curves' }).getByRole('figure').first().waitFor();
  assert.deepEqual(await tabs.allInnerTexts(), ['Curves', 'Params', 'Pivot', 'Images', 'Differences']);
  await tabs.first().press('ArrowRight');
  await page.getByRole('tabpanel', { name: 'Params' }).getByRole('figure', { name: /^val\/score_0 over / }).waitFor();
  const figures = await page.getByRole('figure').evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label') ?? ''));
  assert.deepEqual(figures.map((name) => name.replace(/ over .*/, ' over a param')), ['Runs across params', 'What goes with val/score_0', 'val/score_0 over a param'], 'curves are not drawn where nobody looks at them');
  await page.keyboard.press('End');
  await page.getByRole('tabpanel', { name: 'Differences' }).getByRole('region', { name: 'Params of the selected runs' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Differences');
  assert.ok(!calls.includes('listRunArtifacts'), 'files are not asked for where nobody looks at them');
  const again = await open(context, { ...setup, state: await state() });
  await again.page.getByRole('tab', { name: 'Differences', selected: true }).waitFor();
});

test('runs without curves begin with what tells them apart, one run with its details', async (context) => {
  const flat = twoRuns.map((run) => ({ ...run }));
  const answers: PanelSetup<'compare'>['answers'] = { ...compareAnswers(flat), getMetricSeries: () => ({ series: [] }) };
  const { page } = await open(context, { subject: { panel: 'compare', runIds }, answers });
  await page.getByRole('tab', { name: 'Differences', selected: true }).waitFor();
  const one = await open(context, { subject: { panel: 'compare', runIds: runIds.slice(0, 1) }, answers });
  await one.page.getByRole('tab', { name: 'Details', selected: true }).waitFor();
});
