import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registryAnswers } from './answers.ts';
import { autologModel, churnModel } from './fixtures/models.ts';
import { Refusal, type PanelSetup } from '../harness/webview.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

const churnRegistry: PanelSetup<'registry'> = { subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers };

test('the registry says where a version runs and where it came from', async (context) => {
  const { page, commands, shown } = await open(context, churnRegistry);
  await page.getByRole('button', { name: 'v2', exact: true }).click();
  const detail = page.getByRole('article', { name: 'Version 2 of churn' });
  await detail.getByText('churn · live 90%').waitFor();
  await detail.getByRole('button', { name: 'churn.ipynb, cell 7' }).click();
  await detail.getByText('churn-eu · live').click();
  assert.equal(commands[0]?.command, 'slipway.openNotebookCell');
  assert.deepEqual(shown, [{ panel: 'releases', endpoint: 'churn-eu' }]);
});

test('the registry tells which version was champion when, who moved it and where it was live', async (context) => {
  const { page, shown } = await open(context, { ...churnRegistry, width: 320 });
  const history = page.getByRole('region', { name: 'Production history' });
  const rows = history.getByRole('list').first().locator(':scope > li');
  await rows.first().getByRole('listitem').first().waitFor();
  const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  assert.match(texts[0] ?? '', /^Version 2 now for 3 h (?:\d+ min )?3 h ago by ada .*live on churn as release \w{12}/);
  assert.match(texts[1] ?? '', /^Version 1 for 3 d 21 h 4 d ago by rollback by ada live for 3 d 21 h on churn/);
  assert.match(texts[3] ?? '', /^removed for 19 h 5 d ago by grace\.hopper$/);
  assert.equal(texts.length, 5);
  await rows.nth(1).getByRole('button', { name: 'Version 1' }).click();
  await page.getByRole('article', { name: 'Version 1 of churn' }).waitFor();
  await rows.nth(1).getByRole('button', { name: 'churn', exact: true }).click();
  assert.deepEqual(shown, [{ panel: 'releases', endpoint: 'churn' }]);
});

test('a history of which it is not known what was live says so', async (context) => {
  const listLiveSpans = (): never => {
    throw new Refusal({ reason: 'unavailable', message: 'The companion did not answer within 10 seconds.' });
  };
  const { page } = await open(context, { ...churnRegistry, answers: { ...registryAnswers, listLiveSpans } });
  const history = page.getByRole('region', { name: 'Production history' });
  await history.getByText('When its versions were live could not be loaded.').waitFor();
  assert.equal(await history.getByRole('list').first().locator(':scope > li').count(), 5);
});

test('the registry says whether a version loads elsewhere, what it lacks, and checks it when asked', async (context) => {
  const asked: unknown[] = [];
  const checkLoad: typeof registryAnswers.checkLoad = (input) => {
    asked.push(input);
    return { model: 'churn', version: 1, state: 'waiting', message: 'Waiting', startedAt: 0, requestedBy: 'ada' };
  };
  const { page } = await open(context, { ...churnRegistry, answers: { ...registryAnswers, checkLoad } });
  const check = page.getByRole('region', { name: 'Loads elsewhere' });
  await check.getByText('Loads elsewhere', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'v2', exact: true }).click();
  await check.getByText("Lacks utils.py of the notebook's folder").waitFor();
  await check.getByText('code=["utils.py"]').waitFor();
  await page.getByRole('button', { name: 'v1', exact: true }).click();
  await page.getByText('Not known whether it loads elsewhere.').waitFor();
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.getByText('Not known whether it loads elsewhere.').waitFor();
  assert.deepEqual(asked, [{ name: 'churn', version: 1 }]);
});

test('an alias is moved from another version', async (context) => {
  const set: unknown[] = [];
  const { page } = await open(context, { ...churnRegistry, answers: { ...registryAnswers, setAlias: (input) => { set.push(input); return churnModel; } } });
  await page.getByRole('button', { name: 'Add alias' }).click();
  await page.keyboard.type('@champion');
  await page.getByText('Move from v2', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Add alias' }).waitFor();
  assert.deepEqual(set, [{ name: 'churn', alias: 'champion', version: 3 }]);
});

test('a description is written, and a refused one stays in the editor', async (context) => {
  const { page } = await open(context, {
    ...churnRegistry,
    answers: {
      ...registryAnswers,
      describeVersion: () => {
        throw new Refusal({ reason: 'disk-full', message: 'The disk is full.' });
      },
    },
  });
  await page.getByRole('button', { name: 'Edit description' }).click();
  await page.getByRole('textbox', { name: 'Description' }).fill('New words');
  await page.getByText('Save', { exact: true }).click();
  await page.getByText('The disk is full.').waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Description' }).inputValue(), 'New words');
});

test('a version is deployed and deleted by commands, and one that serves cannot be deleted', async (context) => {
  const { page, commands } = await open(context, churnRegistry);
  await page.getByText('Deploy', { exact: true }).click();
  assert.equal(await page.locator('vscode-button', { hasText: 'Delete' }).evaluate((button) => Reflect.get(button, 'disabled') === true), true);
  await page.getByRole('button', { name: 'v1', exact: true }).click();
  await page.getByText('Delete', { exact: true }).click();
  assert.deepEqual(commands, [
    { command: 'slipway.deployModel', argument: { model: 'churn', version: 3 } },
    { command: 'slipway.deleteVersion', argument: { model: 'churn', version: 1 } },
  ]);
});

test('a threshold is chosen on the evaluation and on last week\'s traffic by keys, and makes a release', async (context) => {
  const { page, commands } = await open(context, churnRegistry);
  await page.getByRole('button', { name: 'v2', exact: true }).click();
  const decision = page.locator('section', { has: page.getByRole('heading', { name: 'Decision' }) });
  const slider = decision.getByRole('slider', { name: 'Threshold' });
  await decision.getByText('200 evaluation rows of evaluation.json').waitFor();
  assert.equal(await slider.inputValue(), '50');
  await decision.getByText('1,000 of 2,000 rows (50%)').waitFor();
  await slider.focus();
  for (let presses = 0; presses < 13; presses += 1) {
    await page.keyboard.press('ArrowLeft');
  }
  assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /^0\.37: precision [\d.]+%, recall [\d.]+%, cost [\d.]+ a row$/);
  await decision.getByText('1,260 of 2,000 rows (63%)').waitFor();
  assert.match(await decision.locator('p[role=status]').innerText(), /answered yes, 1,000 with the threshold in force \(0\.5\)\. 100 requests of 2,100 have no scores/);
  await decision.getByRole('spinbutton', { name: 'A missed yes costs' }).fill('1000');
  await decision.locator('vscode-button', { hasText: 'Least cost' }).click();
  assert.ok(Number(await slider.inputValue()) <= 25, 'none is missed where a missed one costs most');
  await decision.locator('vscode-button', { hasText: 'Use 0' }).click();
  const threshold = Number(await slider.inputValue()) / 100;
  assert.deepEqual(commands.at(-1), { command: 'slipway.useThreshold', argument: { model: 'churn', version: 2, threshold } });
});

test('a version without evaluation rows says how to log them', async (context) => {
  const { page } = await open(context, { ...churnRegistry, width: 400 });
  await page.getByText('No evaluation rows with scores').click();
  await page.getByText('Log them with the run').waitFor();
});

test('a version is judged against the champion first: metric, inputs, data and params', async (context) => {
  const { page, shown } = await open(context, churnRegistry);
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await verdict.getByText('Better than @champion (v2)').waitFor();
  const text = (await verdict.innerText()).replace(/\s+/g, ' ');
  assert.match(text, /roc_auc 0\.8469 against 0\.8346, \+0\.0123 \(\+1\.5%\)/);
  assert.match(text, /Nothing changes for callers, 6 inputs Training data differs: churn\.csv 1 param differs Same requirements/);
  const metrics = page.getByRole('region', { name: 'Metrics of version 3' }).getByRole('row');
  assert.deepEqual((await metrics.allInnerTexts()).slice(0, 2).map((row) => row.split(/\s+/)), [
    ['Metric', 'v3', 'v2', 'Change'],
    ['roc_auc', ',', 'the', 'primary', 'metric', '0.8469', '0.8346', '+0.0123', '(+1.5%)', 'better'],
  ]);
  await verdict.getByRole('button', { name: 'Compare their runs' }).click();
  assert.deepEqual(shown, [{ panel: 'compare', runIds: [churnModel.versions[0]?.lineage.runId, churnModel.versions[1]?.lineage.runId] }]);
  await page.getByRole('button', { name: 'v1', exact: true }).click();
  await verdict.getByText('Worse than @champion (v2)').waitFor();
});

test('the champion is judged against the one before it, on the rows that both were evaluated on', async (context) => {
  const { page } = await open(context, churnRegistry);
  await page.getByRole('button', { name: 'v2', exact: true }).click();
  const verdict = page.getByRole('region', { name: 'Verdict' });
  await verdict.getByText('Better than v1, @champion before').waitFor();
  await verdict.getByText(/^On the same 200 evaluation rows its AUC is 0\.\d+ against 0\.\d+: \+0\.0\d+, 95% interval \+0\.0\d+ to \+0\.0\d+$/).waitFor();
});

test('params that nobody chose stay folded, and inputs that go are named', async (context) => {
  const { page } = await open(context, { subject: { panel: 'registry', model: 'diabetes' }, answers: { ...registryAnswers, listModels: () => ({ models: [autologModel] }), listRunArtifacts: () => ({ runs: [] }), listExperiments: () => ({ experiments: [] }) } });
  await page.getByText('Better than @champion (v1)').waitFor();
  await page.getByText('1 input of version 1 is gone (s4)').waitFor();
  await page.getByText('1 input is new and required (s5)', { exact: false }).waitFor();
  const params = page.locator('section', { has: page.getByRole('heading', { name: 'Params' }) });
  await params.getByText('3 of 46 differ from v1').waitFor();
  const names = params.locator('dt');
  assert.deepEqual(await names.evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.textContent)), ['best_model__max_depth', 'model__learning_rate', 'model__max_depth']);
  await params.getByText('43 more').click();
  assert.equal(await names.evaluateAll((all) => all.filter((one) => one.checkVisibility()).length), 46);
});
