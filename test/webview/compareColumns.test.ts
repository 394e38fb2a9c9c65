import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { compareAnswers } from './answers.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { startHarness, type Harness, type OpenedPanel, type PanelSetup } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

const compareTwo: PanelSetup<'compare'> = { subject: { panel: 'compare', runIds: twoRuns.map(({ runId }) => runId) }, answers: compareAnswers(twoRuns), width: 1400 };

async function open(context: TestContext, setup: PanelSetup<'compare'> = compareTwo): Promise<OpenedPanel> {
  const panel = await harness.open(setup);
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  await panel.page.getByRole('grid').waitFor();
  return panel;
}

const header = (page: Page, name: string): Locator => page.locator('.grid-header').filter({ has: page.getByText(name, { exact: true }) });

/** Names of the columns from left to right. */
async function columnsOf(page: Page): Promise<string[]> {
  return page.locator('.grid-header .grid-text').allInnerTexts();
}

async function middleOf(locator: Locator): Promise<{ readonly x: number; readonly y: number; readonly right: number }> {
  const box = await locator.boundingBox();
  assert.ok(box !== null, 'it is drawn');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, right: box.x + box.width };
}

test('a column that is hidden in the chooser is gone, also after a reload', async (context) => {
  const first = await open(context);
  await first.page.getByRole('button', { name: 'Columns' }).click();
  await first.page.getByRole('searchbox', { name: 'Search columns' }).fill('metric auc');
  await first.page.getByRole('checkbox', { name: /roc_auc/ }).uncheck();
  await first.page.getByText('1 hidden').waitFor();
  assert.equal((await columnsOf(first.page)).includes('roc_auc'), false);
  const second = await open(context, { ...compareTwo, state: await first.state() });
  const columns = await columnsOf(second.page);
  assert.deepEqual([columns.includes('roc_auc'), columns.includes('accuracy')], [false, true]);
});

test('Escape closes the chooser and gives the focus back', async (context) => {
  const { page } = await open(context);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('searchbox', { name: 'Search columns' }).press('Escape');
  assert.equal(await page.getByRole('dialog', { name: 'Columns' }).count(), 0);
  assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /Columns/);
});

test('a pinned column stays in view beside the run', async (context) => {
  const { page } = await open(context, { subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(manyRuns(20, 25, 15)) });
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('searchbox', { name: 'Search columns' }).fill('auc_2');
  await page.getByRole('button', { name: 'Pin auc_2' }).click();
  assert.deepEqual((await columnsOf(page)).slice(0, 2), ['Run', 'auc_2']);
  await page.keyboard.press('Escape');
  const before = (await middleOf(header(page, 'auc_2'))).x;
  await page.getByRole('grid').evaluate((grid) => {
    grid.scrollLeft = 900;
  });
  await page.waitForFunction(() => document.querySelector('.grid-cell[aria-colindex="4"]') === null);
  assert.equal((await middleOf(header(page, 'auc_2'))).x, before);
});

test('a header that is dragged onto another takes its place', async (context) => {
  const { page } = await open(context);
  const before = await columnsOf(page);
  assert.deepEqual(before.slice(0, 5), ['Run', 'val_loss', 'Started', 'Duration', 'accuracy']);
  const [from, to] = [await middleOf(header(page, 'Started')), await middleOf(header(page, 'accuracy'))];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x - 30, to.y, { steps: 3 });
  await page.mouse.move(to.x, to.y);
  await page.mouse.up();
  assert.deepEqual((await columnsOf(page)).slice(0, 5), ['Run', 'val_loss', 'Duration', 'accuracy', 'Started']);
  assert.equal(await header(page, 'Started').getAttribute('aria-sort'), 'none', 'a drag does not sort');
});

test('Alt, Shift and an arrow key move a column, which stays the active one', async (context) => {
  const { page } = await open(context);
  await header(page, 'Duration').click();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Alt+Shift+ArrowRight');
  assert.deepEqual((await columnsOf(page)).slice(2, 5), ['Started', 'accuracy', 'Duration']);
  await page.keyboard.press('Alt+Shift+ArrowLeft');
  await page.keyboard.press('Alt+Shift+ArrowLeft');
  assert.deepEqual((await columnsOf(page)).slice(2, 5), ['Duration', 'Started', 'accuracy']);
  const active = page.locator(`[id="${(await page.getByRole('grid').getAttribute('aria-activedescendant')) ?? ''}"]`);
  assert.match(await active.innerText(), /Duration/);
});

test('a column is resized by the pointer and by the keyboard, and keeps its width after a reload', async (context) => {
  const first = await open(context);
  const width = async ({ page }: OpenedPanel): Promise<number> => (await header(page, 'accuracy').boundingBox())?.width ?? 0;
  const before = await width(first);
  const edge = await middleOf(header(first.page, 'accuracy').locator('.grid-resizer'));
  await first.page.mouse.move(edge.x, edge.y);
  await first.page.mouse.down();
  await first.page.mouse.move(edge.x + 40, edge.y, { steps: 4 });
  await first.page.mouse.up();
  assert.equal(await width(first), before + 40);
  assert.equal(await header(first.page, 'accuracy').getAttribute('aria-sort'), 'none', 'resizing does not sort');
  await header(first.page, 'accuracy').click();
  await first.page.getByRole('grid').focus();
  await first.page.keyboard.press('Alt+ArrowLeft');
  assert.equal(await width(first), before + 24);
  const second = await open(context, { ...compareTwo, state: await first.state() });
  assert.equal(await width(second), before + 24);
});

test('Shift and a click sort by a second column, and headers show their place', async (context) => {
  const runs = manyRuns(30, 6, 3);
  const { page } = await open(context, { subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs), width: 1400 });
  await header(page, 'param_5').click();
  await header(page, 'param_2').click({ modifiers: ['Shift'] });
  assert.deepEqual(await page.locator('.grid-order').allInnerTexts().then((texts) => texts.map((text) => text.match(/\d/)?.[0]).sort()), ['1', '2']);
  assert.deepEqual([await header(page, 'param_5').getAttribute('aria-sort'), await header(page, 'param_2').getAttribute('aria-sort')], ['ascending', 'other']);
  const first = [...runs].sort((a, b) => (a.params['param_5'] ?? '').localeCompare(b.params['param_5'] ?? '') || Number(a.params['param_2']) - Number(b.params['param_2']))[0];
  assert.match(await page.getByRole('rowheader').first().innerText(), new RegExp(first?.name ?? 'no run'));
});

test('the colour scale colours the better values of a metric more strongly', async (context) => {
  const { page } = await open(context);
  assert.equal(await page.locator('.grid-shaded').count(), 0);
  await page.getByText('Colour scale').click();
  const shade = (text: RegExp): Promise<string> => page.getByRole('gridcell', { name: text }).evaluate((cell) => cell.style.getPropertyValue('--shade'));
  assert.deepEqual([await shade(/^0\.8472/), await shade(/^0\.820/)], ['1.000', '0.000']);
  // Of a loss the lower value is the better one.
  assert.equal(await shade(/^0\.3417/), '1.000');
});
