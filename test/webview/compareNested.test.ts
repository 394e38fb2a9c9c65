import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareAnswers } from './answers.ts';
import { autologRuns } from './fixtures/autologRuns.ts';
import { churnModel } from './fixtures/models.ts';
import { now } from './fixtures/values.ts';
import { viewTag } from '../../server/contract/savedViews.ts';
import type { PanelSetup } from '../harness/webview.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

/** Answers of a companion whose experiment keeps the tags that it is told. */
function setup(changes: Partial<PanelSetup<'compare'>> = {}): PanelSetup<'compare'> {
  const tags: Record<string, string> = {};
  const experiment = () => ({ experimentId: '1', name: 'diabetes', createdAt: now, lastUpdatedAt: now, runs: autologRuns.length, tags: { ...tags } });
  return {
    subject: { panel: 'compare', runIds: [], experimentId: '1' },
    width: 1400,
    ...changes,
    answers: {
      ...compareAnswers(autologRuns),
      listExperiments: () => ({ experiments: [experiment()] }),
      setPrimaryMetric: ({ metric }) => {
        tags['mlflow.experiment.primaryMetric.name'] = metric ?? '';
        return experiment();
      },
      setMetricDirection: ({ metric, direction }) => {
        tags[`slipway.direction.${metric}`] = direction ?? '';
        return experiment();
      },
      saveView: ({ name, view }) => {
        tags[viewTag(name)] = JSON.stringify(view);
        return experiment();
      },
      renameView: ({ name, newName }) => {
        tags[viewTag(newName)] = tags[viewTag(name)] ?? '';
        tags[viewTag(name)] = '';
        return experiment();
      },
      deleteView: ({ name }) => {
        tags[viewTag(name)] = '';
        return experiment();
      },
      ...changes.answers,
    },
  };
}

test('candidates of a search are folded under their run, and named by the params that vary', async (context) => {
  const { page, state } = await open(context, setup());
  const grid = page.getByRole('treegrid');
  await grid.waitFor();
  const names = async (): Promise<string[]> => (await grid.getByRole('rowheader').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  assert.deepEqual((await names()).map((name) => name.split(' ')[0]), ['boosting', 'random-forest-with-a-rather-long-name', 'ridge', 'wise-crow-8']);
  await grid.focus();
  await page.keyboard.press('Enter');
  await grid.getByRole('rowheader', { name: 'learning_rate = 0.05, max_depth = 3' }).waitFor();
  assert.deepEqual((await names()).slice(1, 3), ['learning_rate = 0.1, max_depth = 8', 'learning_rate = 0.05, max_depth = 8']);
  const again = await open(context, setup({ state: await state() }));
  await again.page.getByRole('rowheader', { name: 'learning_rate = 0.05, max_depth = 3' }).waitFor();
});

test('of params only those that vary are columns, and the metric of held-out rows comes first', async (context) => {
  const { page } = await open(context, setup());
  await page.getByRole('treegrid').waitFor();
  const headers = await page.locator('.grid-header .grid-text').allInnerTexts();
  assert.equal(headers[1], 'test_mae');
  assert.deepEqual(headers.filter((name) => /steps|memory|prep|model$|rank|criterion/.test(name)), []);
  assert.ok(headers.includes('max_depth') && headers.includes('learning_rate'), headers.join());
  await page.getByText(/Best: ridge, 45\.52/).waitFor();
});

test('the primary metric and its direction are chosen, and kept with the experiment', async (context) => {
  const { page, calls } = await open(context, setup());
  await page.locator('vscode-dropdown[aria-label^="Primary metric"]').focus();
  await page.keyboard.press('End');
  await page.locator('.grid-header .grid-text').nth(1).getByText('training_score').waitFor();
  assert.ok(calls.includes('setPrimaryMetric'));
  assert.equal(await page.getByText(/^Best:/).count(), 0, 'a score on training rows makes no run the best');
  await page.getByRole('button', { name: 'Higher is better' }).click();
  await page.getByRole('button', { name: 'No value is better' }).click();
  await page.getByRole('button', { name: 'Lower is better' }).waitFor();
});

test('a star in the header of a metric makes it the primary one, and the sign beside it says what is better, also by keys', async (context) => {
  const { page, calls } = await open(context, setup());
  const header = page.getByRole('columnheader', { name: /^test_r2/ });
  await header.hover();
  await header.getByTitle('Make test_r2 the primary metric of the experiment').click();
  await page.getByRole('columnheader', { name: /^test_r2.*, primary metric.*, higher is better/ }).waitFor();
  assert.equal(await page.getByRole('columnheader', { name: /^test_mae.*primary/ }).count(), 0);
  assert.equal(await page.getByRole('columnheader', { name: /^test_r2/ }).getAttribute('aria-sort'), 'none', 'a sign is not the header');
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('d');
  await page.getByRole('columnheader', { name: /^test_r2.*, primary metric.*, no value is better/ }).waitFor();
  await page.keyboard.press('s');
  await page.getByRole('columnheader', { name: /^test_mae.*, primary metric, by its name/ }).waitFor();
  assert.deepEqual(calls.filter((name) => name.startsWith('set')), ['setPrimaryMetric', 'setMetricDirection', 'setPrimaryMetric']);
});

test('a view is kept with the experiment, opened in another window, renamed, deleted and brought back', async (context) => {
  const shared = setup();
  const { page } = await open(context, shared);
  const filter = page.getByRole('combobox', { name: 'Filter runs' });
  await filter.fill("params.model__max_depth = '8'");
  await page.getByRole('tab', { name: 'Params' }).click();
  await page.getByRole('button', { name: /^Views/ }).click();
  const views = page.getByRole('dialog', { name: 'Views' });
  await views.getByRole('textbox', { name: 'Name of the view' }).fill('deep ones ✓');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Views deep ones ✓', exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await filter.fill('');
  await page.getByRole('button', { name: 'Views deep ones ✓, changed' }).waitFor();

  const other = await open(context, shared);
  await other.page.getByRole('button', { name: 'Views' }).click();
  await other.page.getByRole('button', { name: 'deep ones ✓', exact: true }).click();
  assert.equal(await other.page.getByRole('combobox', { name: 'Filter runs' }).inputValue(), "params.model__max_depth = '8'");
  await other.page.getByRole('tab', { name: 'Params', selected: true }).waitFor();
  await other.page.getByRole('button', { name: 'Rename deep ones ✓' }).click();
  await other.page.getByRole('textbox', { name: 'New name of deep ones ✓' }).fill('deep');
  await other.page.keyboard.press('Enter');
  await other.page.getByRole('button', { name: 'Delete deep', exact: true }).click();
  await other.page.getByText('Deleted “deep”.').waitFor();
  await other.page.getByRole('list', { name: 'Saved views' }).waitFor({ state: 'detached' });
  await other.page.getByRole('button', { name: 'Undo' }).click();
  await other.page.getByRole('button', { name: 'Delete deep', exact: true }).waitFor();
});

test('a run has a page of its own: where it came from, its models, the runs within it, all its values and files', async (context) => {
  const [parent, child] = ['boost', 'boost-0'];
  const version = churnModel.versions[0] ?? assert.fail();
  const models = [{ ...churnModel, versions: [{ ...version, lineage: { ...version.lineage, runId: parent } }] }];
  const asked: unknown[] = [];
  const answers: PanelSetup<'compare'>['answers'] = {
    listModels: () => ({ models }),
    listRunArtifacts: (input) => {
      asked.push(input);
      return { runs: [{ runId: parent, truncated: false, files: [{ path: 'best_estimator/MLmodel', bytes: 1200, kind: 'file' }, { path: 'roc.png', bytes: 24_000, kind: 'image' }] }] };
    },
  };
  const { page, shown, commands } = await open(context, setup({ subject: { panel: 'compare', runIds: [parent] }, answers, state: { tab: 'differences' } }));
  await page.getByRole('heading', { name: 'boosting', level: 1 }).waitFor();
  await page.getByRole('button', { name: /^Show 1\d more of 4\d rows/ }).click();
  await page.getByRole('region', { name: 'Params of the selected runs' }).getByRole('rowheader', { name: 'prep__num__n_jobs' }).waitFor();
  assert.equal(await page.getByRole('treegrid').count(), 0, 'a table of one row says less');
  assert.match((await page.getByRole('region', { name: 'Metrics of the run' }).getByRole('row').nth(1).innerText()).replace(/\s+/g, ' '), /^test_mae 46\.11 primary metric, lower is better/);
  await page.getByRole('button', { name: `churn v${version.version}` }).click();
  await page.getByRole('tab', { name: 'Files' }).click();
  await page.getByRole('button', { name: 'best_estimator/MLmodel' }).click();
  assert.deepEqual(commands, [{ command: 'slipway.openArtifact', argument: { runId: parent, path: 'best_estimator/MLmodel' } }]);
  assert.deepEqual(asked, [{ runIds: [parent], all: true }]);
  await page.getByRole('button', { name: 'learning_rate = 0.05, max_depth = 3' }).click();
  await page.getByRole('heading', { name: 'able-fawn-450', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'boosting', exact: true }).click();
  await page.getByRole('button', { name: 'Compare them' }).click();
  await page.getByRole('treegrid').waitFor();
  assert.deepEqual(shown, [{ panel: 'registry', model: 'churn' }, { panel: 'compare', runIds: [child] }, { panel: 'compare', runIds: [parent] }, { panel: 'compare', runIds: [parent, ...[0, 1, 2, 3, 4, 5].map((index) => `boost-${index}`)] }]);
});

test('runs are compared with the champion, or with the one that is pinned', async (context) => {
  const champion = churnModel.versions.find(({ version }) => version === churnModel.aliases['champion']);
  assert.ok(champion !== undefined);
  const models = [{ ...churnModel, versions: [{ ...champion, lineage: { ...champion.lineage, runId: 'forest' } }] }];
  const { page } = await open(context, setup({ answers: { listModels: () => ({ models }) } }));
  await page.getByRole('gridcell', { name: /^45\.52.*−3\.1%/ }).waitFor();
  await page.getByRole('rowheader', { name: /random-forest.*reference/ }).waitFor();
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('r');
  await page.getByRole('rowheader', { name: /boosting.*reference/ }).waitFor();
  await page.getByText('+1.8%').first().waitFor();
  await page.keyboard.press('r');
  await page.getByRole('rowheader', { name: /random-forest.*reference/ }).waitFor();
});

test('a filter that is typed over another, while runs arrive, loses no character', async (context) => {
  const { page, event } = await open(context, setup());
  await page.getByText(`${autologRuns.length} runs, `).waitFor();
  const field = page.getByRole('combobox', { name: 'Filter runs' });
  await field.fill('params.cv = 5');
  for (const wanted of ['metrics.test_mae < 46', "params.model__max_depth = '3'"]) {
    await field.selectText();
    for (const [index, character] of [...wanted].entries()) {
      await page.keyboard.type(character);
      if (index % 4 === 0) {
        await event({ topic: 'run', runId: 'ridge', experimentId: '1' });
      }
    }
    assert.equal(await field.inputValue(), wanted);
  }
  await page.keyboard.press('Enter');
  await page.getByText(/^5 of 16 runs/).waitFor();
});
