import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { compareAnswers } from './answers.ts';
import { manyRuns } from './fixtures/runs.ts';
import type { PanelSetup } from '../harness/webview.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

const runs = manyRuns(300, 25, 15);
const names = runs.map(({ name }) => name);
const compareMany: PanelSetup<'compare'> = { subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs), width: 1400 };

interface DrawnRow {
  /** From 0, without the header rows. */
  readonly index: number;
  readonly name: string;
  /** Texts of the cells by the labels of their columns. */
  readonly cells: Readonly<Record<string, string>>;
  /** CSS pixels from the top of the grid. */
  readonly top: number;
}

/** The rows that are drawn, in the order of the document. */
async function drawnRows(page: Page): Promise<DrawnRow[]> {
  return page.evaluate(() => {
    const labels = new Map([...document.querySelectorAll('.grid-header')].map((header) => [header.getAttribute('aria-colindex'), header.querySelector('.grid-text')?.textContent ?? '']));
    return [...document.querySelectorAll<HTMLElement>('.grid-row')].map((row) => ({
      index: Number(row.getAttribute('aria-rowindex')) - 3,
      name: row.querySelector('[role="rowheader"] .grid-text')?.textContent ?? '',
      cells: Object.fromEntries([...row.querySelectorAll('[role="gridcell"]')].map((cell) => [labels.get(cell.getAttribute('aria-colindex')) ?? '', cell.textContent])),
      top: row.offsetTop,
    }));
  });
}

async function scrollTo(page: Page, left: number, top: number): Promise<void> {
  await page.getByRole('grid').evaluate((grid, to) => {
    grid.scrollTo(to.left, to.top);
  }, { left, top });
  // Elements are put into the order of the list once the scroll has come to rest. One row alone may be there because it has the active cell.
  await page.waitForFunction((wanted) => {
    const indexes = [...document.querySelectorAll('.grid-row')].map((row) => Number(row.getAttribute('aria-rowindex')) - 3);
    return indexes.includes(wanted) && indexes.includes(wanted + 5) && indexes.every((index, place) => place === 0 || index > (indexes[place - 1] ?? 0));
  }, Math.ceil(top / 26), { timeout: 15_000 });
}

/** Each drawn row stands in its place, is the run that belongs there, and shows that run's params. */
function assertRows(drawn: readonly DrawnRow[], expected: readonly string[]): void {
  assert.ok(drawn.length > 5, 'rows are drawn');
  assert.deepEqual(drawn.map(({ index }) => index), drawn.map(({ index }) => index).sort((a, b) => a - b), 'the document has them in order');
  for (const { index, name, cells, top } of drawn) {
    assert.equal(name, expected[index], `row ${index}`);
    assert.equal(top, 48 + 26 * index, `place of row ${index}`);
    const run = runs.find((one) => one.name === name);
    for (const [label, text] of Object.entries(cells).filter(([key]) => key.startsWith('param_'))) {
      assert.equal(text, run?.params[label] ?? run?.params[`model__${label}`], `${label} of ${name}`);
    }
  }
}

test('rows show their own run and values after scrolling down, across and back', async (context) => {
  const { page } = await open(context, compareMany);
  await page.getByText('300 runs').first().waitFor();
  const before = await drawnRows(page);
  assertRows(before, names);
  for (const [left, top] of [[0, 1300], [1900, 1300], [1900, 7000], [700, 2613]] as const) {
    await scrollTo(page, left, top);
    const drawn = await drawnRows(page);
    assert.ok(drawn.some(({ index }) => index === Math.ceil(top / 26)), `the row at ${top} pixels is drawn`);
    assertRows(drawn, names);
  }
  await page.locator('.grid-header', { hasText: 'param_' }).first().waitFor();
  assertRows(await drawnRows(page), names);
  await scrollTo(page, 0, 0);
  const placeOf = ({ index, name, top }: DrawnRow): object => ({ index, name, top });
  assert.deepEqual((await drawnRows(page)).slice(0, 10).map(placeOf), before.slice(0, 10).map(placeOf));
});

test('elements of rows that leave the view are used for those that come into it', async (context) => {
  const { page } = await open(context, compareMany);
  await page.getByText('300 runs').first().waitFor();
  const rows = await page.locator('.grid-row').elementHandles();
  await scrollTo(page, 0, 3900);
  const kept = await Promise.all(rows.map((row) => row.evaluate((element) => element.isConnected)));
  assert.ok(kept.filter(Boolean).length >= rows.length - 1, `${kept.filter(Boolean).length} of ${rows.length} elements are still there`);
});

test('rows in the middle show the right runs after a sort and a filter', async (context) => {
  const { page } = await open(context, compareMany);
  await page.getByText('300 runs').first().waitFor();
  await scrollTo(page, 0, 1300);
  await page.locator('.grid-header', { hasText: 'auc_2' }).click();
  const metricOf = (name: string): number | undefined => Number(runs.find((run) => run.name === name)?.metrics['auc_2'] ?? Number.NaN);
  const best = names.filter((name) => !Number.isNaN(metricOf(name))).sort((a, b) => (metricOf(b) ?? 0) - (metricOf(a) ?? 0));
  const without = names.filter((name) => Number.isNaN(metricOf(name)));
  await page.locator('.grid-header[aria-sort="descending"]').waitFor();
  assertRows(await drawnRows(page), [...best, ...without]);
  await page.getByRole('combobox', { name: 'Filter runs' }).fill('metrics.auc_2 > 0.5');
  const passing = best.filter((name) => (metricOf(name) ?? 0) > 0.5);
  await page.getByText(`${passing.length} of 300 runs`).waitFor();
  await scrollTo(page, 0, 600);
  assertRows(await drawnRows(page), passing);
});

test('a mark, a selection and the active cell go with their row, not with the element that drew it', async (context) => {
  const { page } = await open(context, compareMany);
  await page.getByText('300 runs').first().waitFor();
  await page.getByRole('grid').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('s');
  await page.locator('.star-on').waitFor();
  const starred = async (): Promise<string[]> => page.locator('.grid-row', { has: page.locator('.star-on') }).evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-rowindex') ?? ''));
  const selected = async (): Promise<string[]> => page.locator('.grid-row[aria-selected="true"]').evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-rowindex') ?? ''));
  const chosen = await selected();
  assert.deepEqual([await starred(), chosen.length], [['4'], 8]);
  await scrollTo(page, 0, 5200);
  // The active row stays drawn where it is out of view.
  assert.deepEqual([await starred(), await selected()], [['4'], ['4']]);
  assert.equal(await page.locator('.grid-active').count(), 1);
  await scrollTo(page, 0, 0);
  assert.deepEqual([await starred(), await selected()], [['4'], chosen]);
});

test('a long text is cut within its cell, and shown whole for the pointer and for the keyboard until Escape', async (context) => {
  const long = 'a value that is far too long for any column of this table to show all of it, and then some more';
  const some = runs.slice(0, 40).map((run, index) => (index === 39 ? { ...run, params: { ...run.params, model__param_24: long } } : run));
  const { page } = await open(context, { ...compareMany, answers: compareAnswers(some) });
  await page.getByText('40 runs').first().waitFor();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Control+End');
  const cell = page.locator('.grid-active');
  await cell.waitFor();
  const look = await cell.evaluate((element) => ({ wider: element.scrollWidth > element.clientWidth, overflow: getComputedStyle(element).overflow, ellipsis: getComputedStyle(element).textOverflow }));
  assert.deepEqual(look, { wider: true, overflow: 'hidden', ellipsis: 'ellipsis' });
  const uncut = await page.locator('.grid-row .grid-cell:not(.grid-cut):not(.grid-rich)').evaluateAll((cells) => cells.filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.textContent));
  assert.deepEqual(uncut, [], 'no text is drawn over the next cell');
  const tip = page.locator('.grid-tip');
  await tip.getByText(`${long} (differs)`, { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await tip.count(), 0);
  await cell.hover();
  await tip.getByText(long).hover();
  assert.equal(await tip.count(), 1, 'the pointer may go onto it');
  await page.mouse.move(5, 5);
  await tip.waitFor({ state: 'detached' });
});

test('a text that fits has no tooltip, and a scroll takes one away', async (context) => {
  const { page } = await open(context, { ...compareMany, clock: true, answers: compareAnswers(runs.slice(0, 40).map((run) => ({ ...run, name: `${run.name} with a name that is longer than its column is wide` }))) });
  await page.getByText('40 runs').first().waitFor();
  const tip = page.locator('.grid-tip');
  await page.locator('.grid-row [role="gridcell"]:not(.grid-rich):not([aria-label])').first().hover();
  await page.clock.runFor(1000);
  assert.equal(await tip.count(), 0);
  await page.getByRole('rowheader').nth(2).hover();
  await tip.getByText('trial-002 with a name that is longer than its column is wide', { exact: true }).waitFor();
  await page.getByRole('grid').evaluate((grid) => {
    grid.scrollTo(0, 130);
  });
  await tip.waitFor({ state: 'detached' });
});
