import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Run } from '../../server/contract/tracking.ts';
import { compareAnswers } from './answers.ts';
import { manyRuns } from './fixtures/runs.ts';
import { until } from '../harness/until.ts';
import { startHarness, type Harness, type OpenedPanel } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

/** The metric falls with the depth; the kind is constant. */
const runs: Run[] = manyRuns(10, 0, 0).map((run, index) => ({ ...run, params: { depth: String(index), kind: 'tree' }, metrics: { auc: 0.95 - index * 0.05 } }));

async function open(context: TestContext, width = 900): Promise<OpenedPanel> {
  const panel = await harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs), width, state: { tab: 'params' } });
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  return panel;
}

test('a pivot table has the mean and the deviation over seeds for params and data sets, and is copied in three forms', async (context) => {
  const [first] = manyRuns(1, 0, 0);
  assert.ok(first !== undefined);
  const seeded = ['wine', 'iris'].flatMap((dataset, place) => ['1', '5'].flatMap((depth) => [0, 1].map((seed): Run => ({ ...first, runId: `${dataset}-${depth}-${seed}`, name: 'fit', params: { dataset, depth, seed: String(seed), solver: 'a_b' }, metrics: { test_auc: 0.5 + Number(depth) / 100 + seed / 10 + place / 5 } }))));
  const { page, copied, close, problems } = await harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(seeded), width: 1400, state: { tab: 'pivot' } });
  context.after(async () => {
    await close();
    assert.deepEqual(problems, []);
  });
  const region = page.getByRole('region', { name: 'Pivot table' }).locator('table');
  await region.waitFor();
  const rows = (await region.getByRole('row').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  assert.deepEqual(rows, ['params.depth iris wine', '1 0.76 ± 0.071 n=2 0.56 ± 0.071 n=2', '5 0.8 ± 0.071 n=2 , best 0.6 ± 0.071 n=2 , best']);
  for (const form of ['Markdown', 'CSV', 'LaTeX']) {
    await page.getByRole('button', { name: 'Copy pivot table' }).click();
    await page.getByRole('menuitem', { name: `Copy as ${form}` }).click();
  }
  assert.deepEqual((copied[0] ?? '').split('\n').slice(2), ['| 1 | 0.76 ± 0.071 | 0.56 ± 0.071 |', '| 5 | **0.8 ± 0.071** | **0.6 ± 0.071** |', '']);
  assert.match(copied[1] ?? '', /^params\.depth,iris mean,iris sd,iris runs,wine mean,wine sd,wine runs\r\n1,0\.76,0\.0707\d+,2,/);
  assert.match(copied[2] ?? '', /\\begin\{tabular\}\{lrr\}[\s\S]*5 & \\textbf\{0\.8 \$\\pm\$ 0\.071\} & \\textbf/);
});

test('a drag along an axis selects the runs that pass there', async (context) => {
  const { page } = await open(context);
  const axis = page.locator('.brush-area[data-axis="depth"]');
  await axis.scrollIntoViewIfNeeded();
  const box = await axis.boundingBox();
  assert.ok(box !== null);
  // The upper half of the axis: depths 5 to 9.
  await page.mouse.move(box.x + box.width / 2, box.y + 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
  await page.mouse.up();
  await page.getByText('10 runs, 5 selected').waitFor();
  await page.getByText('5 runs of 10 selected.').waitFor();
});

test('arrow keys brush an axis, which survives a reload', async (context) => {
  const { page, state } = await open(context);
  await page.getByRole('slider', { name: 'Brush of depth' }).focus();
  await page.keyboard.press('ArrowUp');
  await page.getByText('3 runs of 10 selected.').waitFor();
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('2 runs of 10 selected.').waitFor();
  const again = await harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs), state: await state() });
  context.after(() => again.close());
  await again.page.getByText('2 runs of 10 selected.').waitFor();
  await page.keyboard.press('Delete');
  await page.getByText('Drag along an axis, or focus it').waitFor();
});

test('a press on a point selects its run', async (context) => {
  const { page } = await open(context);
  await page.getByText('10 runs, 8 selected').waitFor();
  await page.locator('.point:not(.point-on)').first().click();
  await page.getByText('10 runs, 9 selected').waitFor();
});

test('the chart of what goes with a metric has its numbers as a table', async (context) => {
  const { page } = await open(context);
  await page.getByRole('button', { name: 'Show What goes with auc as table' }).click();
  const rows = page.getByRole('region', { name: 'What goes with auc, table' }).getByRole('row');
  assert.deepEqual(await rows.allInnerTexts().then((texts) => texts.map((text) => text.replaceAll('\t', ' | '))), ['Param | Strength | Measure | Runs', 'depth | 1 | rank correlation, falling | 10']);
});

test('a drawing is copied as an image that stands alone', async (context) => {
  const { page, copied } = await open(context);
  await page.getByRole('button', { name: 'Export auc over depth' }).click();
  await page.getByRole('menuitem', { name: 'Copy as SVG' }).click();
  await until(() => copied.length > 0);
  const [svg = ''] = copied;
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.equal(svg.match(/<circle/g)?.length, 10);
  assert.doesNotMatch(svg, /class=|var\(--/);
});

test('a narrow panel keeps the charts within its width', async (context) => {
  const { page } = await open(context, 320);
  await page.getByRole('figure', { name: 'Runs across params' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth), false);
});

test('a run without a param is drawn below its axis, and stands out in all charts while the pointer is on it', async (context) => {
  const some = runs.map((run, index) => (index === 9 ? { ...run, params: { kind: 'tree' } } : { ...run, params: { ...run.params, rate: String(10 ** -(index % 5)) } }));
  const panel = await harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(some) });
  context.after(() => panel.close());
  const across = panel.page.getByRole('figure', { name: 'Runs across params' });
  await across.locator('text', { hasText: /^none$/ }).waitFor();
  assert.equal((await across.locator('.parallel').evaluateAll((paths) => paths.map((path) => path.getAttribute('d')?.match(/M/g)?.length ?? 0))).reduce((sum, count) => sum + count), 10, 'no line is broken');
  await panel.page.locator('.point').first().hover();
  await across.locator('.parallel-on').waitFor();
  await panel.page.locator('.point-ring').waitFor();
  await panel.page.mouse.move(0, 0);
  await across.locator('.parallel-on').waitFor({ state: 'detached' });
});
