import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registryAnswers } from './answers.ts';
import { churnModel } from './fixtures/models.ts';
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
  await page.getByText('No evaluation rows with scores.').waitFor();
});
