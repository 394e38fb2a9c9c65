import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Run } from '../../server/contract/tracking.ts';
import { compareAnswers } from './answers.ts';
import { manyRuns } from './fixtures/runs.ts';
import { partOf } from './fixtures/runTables.ts';
import { startHarness, type Harness, type OpenedPanel, type PanelSetup } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

function setup(runs: Run[], changes: Partial<PanelSetup<'compare'>> = {}): PanelSetup<'compare'> {
  return { subject: { panel: 'compare', runIds: [], experimentId: '1' }, answers: compareAnswers(runs), width: 1200, ...changes };
}

async function open(context: TestContext, panelSetup: PanelSetup<'compare'>): Promise<OpenedPanel> {
  const panel = await harness.open(panelSetup);
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  await panel.page.locator('.grid-row').first().waitFor();
  return panel;
}

const lines = ({ page }: OpenedPanel): Promise<string[]> => page.getByRole('treegrid').getByRole('rowheader').allInnerTexts().then((texts) => texts.map((text) => text.replace(/\s+/g, ' ').trim()));

test('an experiment is shown under its name', async (context) => {
  const { page } = await open(context, setup(manyRuns(5, 3, 3)));
  await page.getByRole('heading', { name: 'churn', exact: true }).waitFor();
});

test('runs are grouped by a param, opened and closed by keys, and stay grouped after a reload', async (context) => {
  const runs = manyRuns(30, 6, 3);
  const first = await open(context, setup(runs));
  const { page } = first;
  await page.getByRole('button', { name: 'Group', exact: true }).click();
  await page.getByRole('searchbox', { name: 'Search what to group by' }).fill('params.param_5');
  await page.getByRole('checkbox', { name: 'params.param_5' }).check();
  await page.keyboard.press('Escape');
  const grid = page.getByRole('treegrid');
  await grid.waitFor();
  const values = [...new Set(runs.map(({ params }) => params['param_5'] ?? ''))].sort();
  assert.deepEqual((await lines(first)).map((text) => text.split(' ')[1]), values);
  const members = runs.filter(({ params }) => params['param_5'] === values[0]);
  const row = grid.locator('.grid-row').first();
  assert.deepEqual([await row.getAttribute('aria-expanded'), await row.getAttribute('aria-level'), await row.getAttribute('aria-setsize')], ['false', '1', String(values.length)]);
  await grid.focus();
  await page.keyboard.press('ArrowRight');
  await grid.locator('.grid-row[aria-expanded="true"]').waitFor();
  assert.equal(await grid.getAttribute('aria-rowcount'), String(values.length + members.length + 2));
  await page.keyboard.press('ArrowDown');
  const nested = grid.locator('.grid-row').nth(1);
  assert.deepEqual([await nested.getAttribute('aria-level'), await nested.getAttribute('aria-expanded')], ['2', null]);
  // From a run to its group, which closes.
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await grid.locator('.grid-row[aria-expanded="true"]').waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await grid.locator('.grid-row[aria-expanded="true"]').waitFor();
  const second = await open(context, setup(runs, { state: await first.state() }));
  assert.equal(await second.page.getByRole('treegrid').getAttribute('aria-rowcount'), String(values.length + members.length + 2));
});

test('a group shows the mean, least or largest of a metric, and Space selects its runs', async (context) => {
  const runs = manyRuns(20, 6, 3);
  const panel = await open(context, setup(runs, { state: { groups: ['status'], selected: [] } }));
  const { page } = panel;
  const finished = runs.filter(({ status }) => status === 'FINISHED');
  const scores = finished.map(({ metrics }) => Number(metrics['auc_2'])).filter(Number.isFinite);
  const cell = page.getByRole('row', { name: /status: finished/ }).getByRole('gridcell', { name: /^0\.\d+, mean of/ }).first();
  assert.equal(Number(await cell.innerText()), Number((scores.reduce((sum, score) => sum + score) / scores.length).toPrecision(4)));
  await page.getByRole('button', { name: /^Group/ }).click();
  await page.getByRole('combobox', { name: 'What groups show of numbers' }).click();
  await page.getByRole('option', { name: 'Maximum' }).click();
  await page.getByRole('gridcell', { name: /max of/ }).first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  const name = (await lines(panel))[0] ?? '';
  await page.keyboard.press('Space');
  const count = /\d+/.exec(name)?.[0] ?? '';
  await page.getByText(`${count} selected`).waitFor();
});

test('groups inside groups are exported with their values, whether they are open or not', async (context) => {
  const runs = manyRuns(12, 6, 3);
  const { page, copied } = await open(context, setup(runs, { state: { groups: ['user', 'status'], selected: [] } }));
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Copy 12 runs as CSV' }).click();
  const [header = '', ...rows] = (copied[0] ?? '').trim().split('\r\n');
  assert.match(header, /^run_id,user,status,name,/);
  assert.equal(rows.length, 12);
  const statuses = rows.map((row) => row.split(',')[2]);
  assert.deepEqual(statuses, [...statuses].sort());
});

test('a grouped table has no serious accessibility finding', async (context) => {
  const { page } = await open(context, setup(manyRuns(30, 6, 3), { state: { groups: ['status'], expanded: ['["FAILED"]'] } }));
  await page.getByRole('button', { name: /^Group/ }).click();
  await page.getByRole('dialog', { name: 'Group' }).waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
});

test('a note is written by a key and shown in a column of its own', async (context) => {
  const { page, event, calls } = await open(context, setup(manyRuns(5, 3, 3)));
  assert.equal(await page.getByRole('columnheader', { name: 'Note' }).count(), 0);
  await page.getByRole('grid').focus();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog', { name: 'Note on trial-000' });
  await dialog.getByRole('textbox', { name: 'Note' }).fill('The **good** one');
  await page.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(calls.includes('setNote'));
  const [run] = manyRuns(1, 3, 3);
  await event({ topic: 'run', runId: run?.runId ?? '', experimentId: '1' });
  await page.getByRole('columnheader', { name: 'Note' }).waitFor();
  await page.getByRole('gridcell', { name: 'The **good** one' }).waitFor();
});

test('in a narrow panel the note of a run is shown and written', async (context) => {
  const [first, ...others] = manyRuns(3, 3, 3);
  assert.ok(first !== undefined);
  const { page } = await open(context, setup([{ ...first, tags: { 'mlflow.note.content': 'Too slow' } }, ...others], { width: 320 }));
  await page.getByRole('rowheader', { name: /trial-000.*has a note/ }).waitFor();
  await page.getByRole('button', { name: 'Note on trial-000' }).click();
  assert.equal(await page.getByRole('dialog', { name: 'Note on trial-000' }).getByRole('textbox', { name: 'Note' }).inputValue(), 'Too slow');
});

test('a new run and new metrics arrive without moving the rows in view, and the active cell stays with its run', async (context) => {
  const all = manyRuns(80, 3, 3);
  const [newest, ...runs] = all;
  assert.ok(newest !== undefined);
  const panel = await open(context, setup(runs));
  const { page, event, calls } = panel;
  await page.getByText('79 runs, ').waitFor();
  const grid = page.getByRole('grid');
  await grid.focus();
  for (let press = 0; press < 30; press += 1) {
    await page.keyboard.press('ArrowDown');
  }
  const active = (): Promise<string> => page.locator('.grid-active').innerText();
  const place = (): Promise<number | undefined> => page.locator('.grid-active').boundingBox().then((box) => box?.y);
  const [name, y] = [await active(), await place()];
  const before = calls.filter((call) => call === 'readRunTable').length;
  runs.unshift(newest);
  await event({ topic: 'run', runId: newest.runId, experimentId: '1' });
  await page.getByText('80 runs,').waitFor();
  assert.deepEqual([await active(), await place()], [name, y]);
  assert.equal(await grid.getAttribute('aria-rowcount'), '82');
  assert.equal(calls.filter((call) => call === 'readRunTable').length, before + 1, 'only what has changed is read');
});

test('a deleted run leaves the table', async (context) => {
  const runs = manyRuns(6, 3, 3);
  const { page, event } = await open(context, setup(runs));
  const [gone] = runs.splice(2, 1);
  await event({ topic: 'run', runId: gone?.runId ?? '', experimentId: '1' });
  await page.getByText('5 runs,').waitFor();
  assert.equal(await page.getByRole('rowheader', { name: gone?.name ?? '' }).count(), 0);
});

test('a run of another experiment is not added', async (context) => {
  const asked = new Set<string>();
  const runs = manyRuns(7, 3, 3);
  const answers = compareAnswers(runs.slice(0, 6));
  const { page, event } = await open(context, {
    ...setup(runs),
    answers: {
      ...answers,
      readRunTable: (input) => {
        input.runIds.forEach((runId) => asked.add(runId));
        return compareAnswers(runs).readRunTable?.(input) ?? partOf([]);
      },
    },
  });
  const foreign = 'f'.repeat(32);
  await event({ topic: 'run', runId: foreign, experimentId: '2' });
  const added = runs[6]?.runId ?? '';
  await event({ topic: 'run', runId: added, experimentId: '1' });
  await page.getByText('7 runs,').waitFor();
  assert.deepEqual([asked.has(added), asked.has(foreign)], [true, false]);
});
