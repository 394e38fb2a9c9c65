import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { Endpoint } from '../../server/contract/deploy.ts';
import type { PanelKind } from '../../server/contract/panels.ts';
import { compareAnswers, monitoringAnswers, registryAnswers, releasesAnswers } from './answers.ts';
import { canaryEndpoint, liveEndpoint, releases, rollbackPreview } from './fixtures/endpoints.ts';
import { churnModel } from './fixtures/models.ts';
import { churnMonitoring, quietMonitoring } from './fixtures/monitoring.ts';
import { manyRuns, twoRuns } from './fixtures/runs.ts';
import { partOf } from './fixtures/runTables.ts';
import { now } from './fixtures/values.ts';
import { Refusal, startHarness, type Harness, type OpenedPanel, type PanelSetup } from './harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

/** A panel that is closed when the test ends, having caused no error and no violation of the policy. */
async function open<P extends PanelKind>(context: TestContext, setup: PanelSetup<P>): Promise<OpenedPanel> {
  const panel = await harness.open(setup);
  context.after(async () => {
    await panel.close();
    assert.deepEqual(panel.problems, []);
  });
  return panel;
}

const runIds = twoRuns.map(({ runId }) => runId);
const compareTwo: PanelSetup<'compare'> = { subject: { panel: 'compare', runIds }, answers: compareAnswers(twoRuns) };
const churnRegistry: PanelSetup<'registry'> = { subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers };
const churnReleases: PanelSetup<'releases'> = { subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers() };
const churnTraffic: PanelSetup<'monitoring'> = { subject: { panel: 'monitoring', endpoint: 'churn' }, answers: monitoringAnswers };

test('the comparison shows runs as rows and marks the best values', async (context) => {
  const { page } = await open(context, compareTwo);
  const grid = page.getByRole('grid');
  await grid.getByRole('rowheader', { name: /gradient-boosting/ }).waitFor();
  assert.equal(await grid.getAttribute('aria-rowcount'), '4');
  const best = grid.getByRole('gridcell', { name: /^0\.8472.*best/ });
  assert.equal(await best.count(), 1);
});

test('only what differs hides columns that are equal in all runs', async (context) => {
  const { page } = await open(context, compareTwo);
  const grid = page.getByRole('grid');
  await grid.waitFor();
  const columns = async (): Promise<number> => Number(await grid.getAttribute('aria-colcount'));
  const all = await columns();
  await page.getByText('Only what differs').click();
  await page.getByText('4 equal columns hidden').waitFor();
  assert.equal(await columns(), all - 4);
});

test('the grid is one tab stop with arrow keys, and Enter on a header sorts', async (context) => {
  const { page } = await open(context, compareTwo);
  const grid = page.getByRole('grid');
  await grid.focus();
  await page.keyboard.press('ArrowUp');
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
  const { page } = await open(context, { subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(runs) });
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
  assert.match(copied[0] ?? '', /^\| Run \| Started \|.*\n.*\n\| gradient-boosting \|/);
});

test('a run leads to its notebook cell and to the registration of its model', async (context) => {
  const { page, commands } = await open(context, compareTwo);
  await page.getByRole('button', { name: 'Open cell 7 of churn.ipynb' }).click();
  await page.getByRole('button', { name: 'Register model' }).click();
  assert.deepEqual(commands.map(({ command }) => command), ['slipway.openNotebookCell', 'slipway.registerModel']);
  assert.deepEqual(commands[1]?.argument, { runId: runIds[0] });
});

test('a narrow panel shows runs as cards', async (context) => {
  const { page } = await open(context, { ...compareTwo, width: 320 });
  await page.getByRole('article', { name: 'Run gradient-boosting' }).waitFor();
  assert.equal(await page.getByRole('grid').count(), 0);
});

test('a panel paints from what it remembers before the host says what it shows', async (context) => {
  const { page, calls } = await open(context, { ...compareTwo, state: { subject: compareTwo.subject, onlyDiffering: true } });
  await page.getByText('4 equal columns hidden').waitFor();
  assert.deepEqual(calls.filter((name) => name === 'readRunTable'), ['readRunTable']);
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

test('a failure tells the remedy and can be tried again', async (context) => {
  let broken = true;
  const { page } = await open(context, {
    ...churnRegistry,
    answers: {
      ...registryAnswers,
      listModels: () => {
        if (broken) {
          throw new Refusal({ reason: 'unavailable', message: 'The companion is starting.', remedy: 'Wait a moment.' });
        }
        return { models: [churnModel] };
      },
    },
  });
  const alert = page.getByRole('alert');
  await alert.getByText('Wait a moment.').waitFor();
  broken = false;
  await alert.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Version 3' }).waitFor();
});

test('a lost connection is announced, and what is shown is fetched again when it is back', async (context) => {
  const { page, send, calls } = await open(context, churnRegistry);
  await page.getByRole('heading', { name: 'Version 3' }).waitFor();
  await send({ type: 'connection', connected: false });
  await page.getByText('The companion is not connected.').waitFor();
  const before = calls.length;
  await send({ type: 'connection', connected: true });
  await page.getByText('The companion is not connected.').waitFor({ state: 'detached' });
  await page.waitForTimeout(400);
  assert.ok(calls.length > before);
});

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
  await rows.first().waitFor();
  const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  assert.match(texts[0] ?? '', /^Version 2 now for 3 h (?:\d min )?3 h ago by ada .*live on churn as release \w{8}/);
  assert.match(texts[1] ?? '', /^Version 1 for 3 d 21 h 4 d ago by rollback by ada live for 3 d 21 h on churn/);
  assert.match(texts[3] ?? '', /^removed for 19 h 5 d ago by grace\.hopper$/);
  assert.equal(texts.length, 5);
  await rows.nth(1).getByRole('button', { name: 'Version 1' }).click();
  await page.getByRole('article', { name: 'Version 1 of churn' }).waitFor();
  await rows.nth(1).getByRole('button', { name: 'churn', exact: true }).click();
  assert.deepEqual(shown, [{ panel: 'releases', endpoint: 'churn' }]);
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

test('a rollback shows what changes, asks, and tells how long it took', async (context) => {
  const rolledBack: unknown[] = [];
  const answers = releasesAnswers();
  const { page } = await open(context, {
    ...churnReleases,
    answers: { ...answers, rollBack: (input) => { rolledBack.push(input); return answers.rollBack?.(input) ?? assert.fail(); } },
  });
  await page.getByText('Roll Back', { exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Roll back churn to version 1' });
  await dialog.getByRole('rowheader', { name: 'scikit-learn' }).waitFor();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Too many false alarms');
  await dialog.getByText('Roll Back', { exact: true }).click();
  await page.getByText('Rolled back to version 1 in 212 ms.').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.deepEqual(rolledBack, [{ name: 'churn', to: releases.one, reason: 'Too many false alarms', requestedBy: 'unknown' }]);
});

test('a rollback that would be refused says why and cannot be started', async (context) => {
  const { page } = await open(context, {
    ...churnReleases,
    answers: { ...releasesAnswers(), previewRollback: () => ({ ...rollbackPreview, readiness: 'unavailable', refusal: 'The environment image is gone.' }) },
  });
  await page.getByText('Roll Back', { exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The environment image is gone.').waitFor();
  const button = dialog.locator('vscode-button', { hasText: 'Roll Back' });
  assert.equal(await button.evaluate((element) => Reflect.get(element, 'disabled') === true), true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('the focus stays inside a dialog and returns to the button that opened it', async (context) => {
  const { page } = await open(context, churnReleases);
  const opener = page.locator('vscode-button', { hasText: 'Roll Back' });
  await opener.click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).waitFor();
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.closest('dialog') !== null), true, `after ${presses + 1} presses of Tab`);
  }
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await opener.evaluate((element) => document.activeElement === element), true);
});

test('a rollout shows its steps, and is promoted or cancelled', async (context) => {
  const { page, calls } = await open(context, { ...churnReleases, answers: releasesAnswers(canaryEndpoint) });
  await page.getByRole('progressbar', { name: /version 3/ }).waitFor();
  assert.equal(await page.getByRole('progressbar', { name: /version 3/ }).getAttribute('aria-valuenow'), '10');
  assert.match(await page.locator('[aria-current="step"]').innerText(), /Canary/);
  await page.getByText('Promote', { exact: true }).click();
  await page.getByText('Cancel', { exact: true }).click();
  await page.waitForTimeout(200);
  assert.deepEqual(calls.filter((name) => name === 'promote' || name === 'cancelRollout'), ['promote', 'cancelRollout']);
});

test('a rollout that moves on is followed without a reload', async (context) => {
  let endpoint: Endpoint = canaryEndpoint;
  const { page, event } = await open(context, { ...churnReleases, answers: { ...releasesAnswers(), listEndpoints: () => ({ endpoints: [endpoint] }) } });
  await page.getByText('Rollout v2 → v3').waitFor();
  endpoint = liveEndpoint;
  await event({ topic: 'rollout', id: 'r-1', endpoint: 'churn' });
  await page.getByText('Rollout v1 → v2').waitFor();
  assert.equal(await page.getByRole('progressbar').count(), 0);
});

test('monitoring shows the figures of the span and the requests behind them', async (context) => {
  const { page } = await open(context, churnTraffic);
  const { total } = churnMonitoring(now - 900_000, now);
  await page.getByText(total.requests.toLocaleString('en'), { exact: true }).waitFor();
  await page.getByRole('row', { name: /v3 .*canary 10%/ }).waitFor();
  await page.getByText('Only errors').click();
  await page.locator('.requests li').nth(2).waitFor({ state: 'detached' });
  await page.locator('.requests summary').first().click();
  await page.getByText('cannot read').nth(1).waitFor();
});

test('a feature opens to its figures beside the baseline', async (context) => {
  const { page } = await open(context, churnTraffic);
  await page.getByRole('button', { name: 'monthly_charges' }).click();
  const table = page.getByRole('table', { name: 'Figures of monthly_charges' });
  assert.deepEqual(await table.getByRole('row', { name: /Missing/ }).getByRole('cell').allInnerTexts(), ['181', '0']);
});

test('another span is asked for, and remembered', async (context) => {
  const spans: number[] = [];
  const first = await open(context, {
    ...churnTraffic,
    answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => { spans.push(Number(to) - Number(from)); return churnMonitoring(Number(from), Number(to)); } },
  });
  await first.page.getByRole('radio', { name: '24 h' }).check();
  await first.page.getByText('Requests per 24 min').waitFor();
  assert.deepEqual([spans[0], spans.at(-1)], [900_000, 86_400_000]);
  const second = await open(context, { ...churnTraffic, state: await first.state() });
  await second.page.getByText('Requests per 24 min').waitFor();
});

test('an endpoint without requests offers a command and a test request', async (context) => {
  const { page, commands, copied } = await open(context, { ...churnTraffic, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => quietMonitoring(Number(from), Number(to)) } });
  await page.getByText('No requests yet').waitFor();
  await page.getByRole('button', { name: 'Copy command' }).click();
  await page.getByText('Send Test Request', { exact: true }).click();
  assert.match(copied[0] ?? '', /^curl -X POST http:\/\/127\.0\.0\.1:5080\/endpoints\/churn\/invocations/);
  assert.deepEqual(commands, [{ command: 'slipway.sendTestRequest', argument: { endpoint: 'churn' } }]);
});

test('new traffic redraws the figures but keeps the charts and what is open', async (context) => {
  const { page, event } = await open(context, churnTraffic);
  await page.getByRole('button', { name: 'tenure_months' }).click();
  const canvas = await page.locator('.uplot canvas').first().elementHandle();
  const asked = page.getByText('updated just now');
  await asked.waitFor();
  await event({ topic: 'monitoring', endpoint: 'churn' });
  await page.waitForTimeout(500);
  assert.equal(await canvas?.evaluate((element) => element.isConnected), true);
  assert.equal(await page.getByRole('table', { name: 'Figures of tenure_months' }).count(), 1);
});
