import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../server/contract/deployments.ts';
import { releasesAnswers } from './answers.ts';
import { churnSchedules } from './fixtures/batchSchedules.ts';
import { canaryEndpoint, heldEndpoint, liveEndpoint, otherEndpoint, refusedEndpoint, releases, returnedEndpoint, rehearsedEndpoint, rollbackPreview, shadowedEndpoint, summaryOf } from './fixtures/endpoints.ts';
import { emptyEndpoint, longEndpoint } from './fixtures/longEndpoint.ts';
import { now } from './fixtures/values.ts';
import { until } from '../harness/until.ts';
import { Refusal, type PanelSetup } from '../harness/webview.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

const churnReleases: PanelSetup<'releases'> = { subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers() };

test('a rollback shows what changes, asks, and tells how long it took', async (context) => {
  const rolledBack: unknown[] = [];
  const answers = releasesAnswers();
  const { page } = await open(context, {
    ...churnReleases,
    answers: { ...answers, rollBack: (input) => { rolledBack.push(input); return answers.rollBack?.(input) ?? assert.fail(); } },
  });
  await page.getByText('Roll back to v1, warm').click();
  const dialog = page.getByRole('dialog', { name: 'Roll back churn to version 1' });
  await dialog.getByRole('rowheader', { name: 'scikit-learn' }).waitFor();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Too many false alarms');
  await dialog.getByText('Roll Back', { exact: true }).click();
  await page.getByText('Rolled back to version 1 in 212 ms.').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.deepEqual(rolledBack, [{ name: 'churn', to: releases.one, reason: 'Too many false alarms' }]);
});

test('after a rollback the button goes no way back, and the history has the release that was left', async (context) => {
  const [two = assert.fail(), one = assert.fail()] = liveEndpoint.history;
  const history: Endpoint['history'] = [{ ...one, readiness: 'live', liveUntil: undefined }, { ...two, readiness: 'warm', liveUntil: now }];
  const left: Endpoint = { ...liveEndpoint, liveRelease: releases.one, liveVersion: 1, rollbackTo: undefined, history };
  const { page } = await open(context, { subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(left) });
  const button = page.locator('vscode-button', { hasText: 'Roll Back' });
  await page.locator('vscode-button[title^="No earlier release is left"]').waitFor();
  assert.equal(await button.evaluate((element) => Reflect.get(element, 'disabled') === true), true);
  await page.getByRole('button', { name: 'Roll back to this' }).click();
  await page.getByRole('dialog').waitFor();
});

test('scheduled batches are listed with what came of the last time, and paused from here', async (context) => {
  const paused: unknown[] = [];
  const answers = releasesAnswers();
  const { page } = await open(context, { ...churnReleases, answers: { ...answers, pauseBatchSchedule: (input) => { paused.push(input); return { ...(churnSchedules[0] ?? assert.fail()), paused: true }; } } });
  const table = page.getByRole('region', { name: 'Table of scheduled batches' });
  await table.getByText('cannot be read: ENOENT').waitFor();
  await table.getByRole('button', { name: 'Pause', exact: true }).click();
  await until(() => paused.length === 1);
  assert.deepEqual(paused, [{ id: churnSchedules[0]?.id }]);
});

test('a rollback that would be refused says why and cannot be started', async (context) => {
  const { page } = await open(context, {
    ...churnReleases,
    answers: { ...releasesAnswers(), previewRollback: () => ({ ...rollbackPreview, readiness: 'unavailable', refusal: 'The environment image is gone.' }) },
  });
  await page.getByText('Roll back to v1, warm').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The environment image is gone.').waitFor();
  const button = dialog.locator('vscode-button', { hasText: 'Roll Back' });
  assert.equal(await button.evaluate((element) => Reflect.get(element, 'disabled') === true), true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('the focus stays inside a dialog and returns to the button that opened it', async (context) => {
  const { page } = await open(context, churnReleases);
  const opener = page.locator('vscode-button', { hasText: 'Roll back to v1, warm' });
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

test('what a rollout was refused for is listed, and the editor is asked to allow it', async (context) => {
  const { page, commands } = await open(context, { ...churnReleases, answers: releasesAnswers(refusedEndpoint) });
  const asked = page.getByRole('list', { name: 'To be allowed' }).getByRole('listitem');
  assert.match((await asked.allInnerTexts()).join('\n'), /model\.pkl imports posix\.system, which models do not need.*\n.*imports churn_features\.clip\.Clip, /);
  await page.getByText('ada allowed churn_features.clip.Clip, the build of annoy').waitFor();
  await page.getByText('Allow and Deploy Again…').click();
  await until(() => commands.length > 0);
  assert.deepEqual(commands, [{ command: 'slipway.allowAndDeploy', argument: { endpoint: 'churn' } }]);
});

test('a rollout shows its steps, what is decided next and the new release beside the old one, and is promoted or cancelled', async (context) => {
  const { rollout = assert.fail() } = canaryEndpoint;
  const { comparison = assert.fail() } = rollout;
  const judged: Endpoint = { ...canaryEndpoint, rollout: { ...rollout, comparison: { ...comparison, fresh: { ...comparison.fresh, requests: 27, errors: 1 } } } };
  const { page, calls } = await open(context, { ...churnReleases, answers: releasesAnswers(judged) });
  await page.getByRole('progressbar', { name: /version 3/ }).waitFor();
  assert.equal(await page.getByRole('progressbar', { name: /version 3/ }).getAttribute('aria-valuenow'), '10');
  assert.match(await page.locator('[aria-current="step"]').innerText(), /Canary/);
  await page.getByText('10 → 50 % at 20 requests; 27 so far').waitFor();
  const table = page.getByRole('region', { name: 'New release beside the live one' });
  assert.deepEqual(await table.getByRole('row', { name: /^Errors/ }).getByRole('cell').allInnerTexts(), ['1 (3.7 %)', '0 (0 %)']);
  assert.deepEqual(await table.getByRole('row', { name: /^p99/ }).getByRole('cell').allInnerTexts(), ['31.2 ms', '47.5 ms']);
  await page.getByText('Promote', { exact: true }).click();
  await page.getByText('Cancel', { exact: true }).click();
  await until(() => calls.includes('cancelRollout'));
  assert.deepEqual(calls.filter((name) => name === 'promote' || name === 'cancelRollout'), ['promote', 'cancelRollout']);
});

test('a promotion with too few requests is left to the editor, which asks', async (context) => {
  const { page, calls, commands } = await open(context, { ...churnReleases, answers: releasesAnswers(heldEndpoint) });
  await page.getByText(/^10 → 50 % at 20 requests; 14 so far; .*undone in \d+ min/).waitFor();
  await page.getByText('Promote…').click();
  await until(() => commands.length > 0);
  assert.deepEqual(commands, [{ command: 'slipway.promote', argument: { endpoint: 'churn' } }]);
  assert.equal(calls.includes('promote'), false);
});

test('an endpoint that went back by itself says why', async (context) => {
  const { page } = await open(context, { ...churnReleases, answers: releasesAnswers(returnedEndpoint) });
  await page.getByText(/The endpoint went back by itself\. Errors: 162 of 301 requests failed/).waitFor();
});

test('a rollout that moves on is followed without a reload', async (context) => {
  let endpoint: Endpoint = canaryEndpoint;
  const { page, event } = await open(context, { ...churnReleases, answers: { ...releasesAnswers(), listEndpoints: () => ({ endpoints: [summaryOf(endpoint)] }), getEndpoint: () => endpoint } });
  await page.getByText('Rollout v2 → v3').waitFor();
  endpoint = liveEndpoint;
  await event({ topic: 'rollout', id: 'r-1', endpoint: 'churn' });
  await page.getByText('Rollout v1 → v2').waitFor();
  assert.equal(await page.getByRole('progressbar').count(), 0);
});

test('the list is drawn at once, while what one endpoint was is on its way', async (context) => {
  let answer: (endpoint: Endpoint) => void = assert.fail;
  const { page } = await open(context, { ...churnReleases, answers: { ...releasesAnswers(canaryEndpoint), getEndpoint: () => new Promise((resolve) => { answer = resolve; }) } });
  await page.getByRole('heading', { name: 'churn' }).waitFor();
  await page.getByRole('progressbar', { name: /version 3/ }).waitFor();
  assert.match(await page.getByRole('region', { name: 'Table of replicas' }).innerText(), /v3/);
  await page.getByRole('status', { name: 'Loading the history' }).waitFor();
  assert.equal(await page.getByText('Compare with live').count(), 0);
  answer(canaryEndpoint);
  await page.getByText('Compare with live').first().waitFor();
  assert.equal(await page.getByRole('status', { name: /^Loading the history/ }).count(), 0);
  assert.match(await page.locator('[aria-current="step"]').innerText(), /14 of 20 requests/);
});

test('what was asked of an endpoint that is left is cancelled, and does not show up in the next one', async (context) => {
  const answers = releasesAnswers();
  const asked: string[] = [];
  const panel = await open(context, {
    ...churnReleases,
    answers: { ...answers, getEndpoint: (input) => { asked.push(input.name); return input.name === 'churn' ? new Promise(() => undefined) : (answers.getEndpoint?.(input) ?? assert.fail()); } },
  });
  await panel.page.getByRole('status', { name: 'Loading the history' }).waitFor();
  await panel.send({ type: 'show', subject: { panel: 'releases', endpoint: 'churn-eu' } });
  await panel.page.getByText('v2', { exact: true }).first().waitFor();
  await panel.page.getByRole('heading', { name: otherEndpoint.name }).waitFor();
  await panel.page.getByText('live for').first().waitFor();
  assert.deepEqual(asked, ['churn', 'churn-eu']);
  assert.equal(panel.cancelled.length, 1);
});

test('an event of another endpoint does not ask for the history of the shown one again', async (context) => {
  const { page, calls, event } = await open(context, churnReleases);
  await page.getByText('Compare with live').first().waitFor();
  const times = (name: string): number => calls.filter((call) => call === name).length;
  await event({ topic: 'endpoint', name: 'churn-eu' });
  await until(() => times('listEndpoints') === 2);
  assert.equal(times('getEndpoint'), 1);
  await event({ topic: 'endpoint', name: 'churn' });
  await until(() => times('getEndpoint') === 2);
});

test('each time that a release was live has its cause, who, why and its figures, the live one also those of its last minutes', async (context) => {
  const { page, calls } = await open(context, churnReleases);
  const times = page.getByRole('list', { name: 'Times that releases were live' }).getByRole('listitem');
  await times.first().waitFor();
  const texts = (await times.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
  assert.equal(texts.length, 5);
  const [live = '', automatic = '', failed = '', manual = '', unknown = ''] = texts;
  assert.match(live, /^v2 .*live Deploy by ada, 3 h ago live for 3 h.* Last 5 minutes Requests 341 Errors 1 \(0\.29%\) p99 46\.2 ms Since it went live Requests 12,408 Errors 2 \(0\.016%\) p99 47\.5 ms Refused input 31 \(0\.25%\)$/i);
  assert.match(automatic, /^v1 .*Automatic rollback from v2, 1 d ago Errors: 162 of 301 .*Requests 96,113 Errors 0 p99 52\.1 ms Compare with live Roll back to this$/);
  assert.match(failed, /Deploy by ada.* live for 1 min 30 s, until .*Requests 301 Errors 162 \(53\.8%\) p99 1\.22 s Reached no replica 4$/);
  assert.match(manual, /Rollback from v2 by grace.* Too many false alarms live for 2 d 22 h, stopped for 5 h of it, until .*Not in the log 120$/);
  assert.match(unknown, /What brought it is not known.*Requests 0 Errors – p99 – .*base image/);
  await page.getByText('3 releases, 5 times live').waitFor();
  const asked = (): number => calls.filter((name) => name === 'getTimeline').length;
  await until(() => asked() > 1);
});

test('a history whose figures cannot be read says so, and is asked for again', async (context) => {
  let fails = true;
  const answers = releasesAnswers();
  const getTimeline: typeof answers.getTimeline = (input) => {
    if (fails) {
      throw new Refusal({ reason: 'unavailable', message: 'The ingest thread ended.' });
    }
    return answers.getTimeline?.(input) ?? assert.fail();
  };
  const { page } = await open(context, { ...churnReleases, answers: { ...answers, getTimeline } });
  await page.getByText('The history could not be loaded.').waitFor();
  await page.getByRole('heading', { name: 'What differs' }).waitFor();
  fails = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Automatic rollback from v2').waitFor();
});

test('of many releases the latest are shown, and all of them when they are asked for', async (context) => {
  const { page } = await open(context, { subject: { panel: 'releases', endpoint: longEndpoint.name }, answers: releasesAnswers(longEndpoint) });
  const items = page.locator('.timeline-item');
  await items.first().waitFor();
  assert.equal(await items.count(), 8);
  await page.getByRole('button', { name: 'Show all 50' }).click();
  await page.getByText('v99', { exact: true }).waitFor();
  assert.equal(await items.count(), 50);
});

test('why nothing is live is said once', async (context) => {
  const { page } = await open(context, { subject: { panel: 'releases', endpoint: emptyEndpoint.name }, answers: releasesAnswers(emptyEndpoint) });
  await page.getByText('No release has been live yet.').waitFor();
  assert.equal(await page.getByText('expected_revenue_next_twelve_months').count(), 1);
});

test('the longest names fit into a narrow panel', async (context) => {
  const { page } = await open(context, { subject: { panel: 'releases', endpoint: longEndpoint.name }, answers: releasesAnswers(longEndpoint, emptyEndpoint), width: 320 });
  await page.getByRole('button', { name: 'Show all 50' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
});

test('the serving settings of the live release are shown in the words of the command line, and the editor is asked to change them', async (context) => {
  const { page, commands } = await open(context, churnReleases);
  const section = page.locator('section', { has: page.getByRole('heading', { name: 'Serving settings' }) });
  await section.getByText('1024 MB').waitFor();
  assert.match(await section.innerText(), /Workers\s+2[\s\S]*Timeout\s+60 s[\s\S]*CPUs\s+no limit[\s\S]*Env\s+MODE=fast/i);
  await section.getByText('Change…').click();
  await until(() => commands.length > 0);
  assert.deepEqual(commands, [{ command: 'slipway.changeServing', argument: { endpoint: 'churn' } }]);
});

test('a rehearsal says how far the answers agree, where they flip, and who was right', async (context) => {
  const { page } = await open(context, { ...churnReleases, answers: releasesAnswers(rehearsedEndpoint) });
  await page.getByText(/^500 recorded requests: 1,131 of 1,204 rows answered alike \(93\.9%\), 2 failed/).waitFor();
  assert.deepEqual(await page.getByRole('list', { name: 'Where rows flip' }).getByRole('listitem').allInnerTexts(), ['tenure ≤ 6 and contract is month-to-month: 54 of 148 rows (36.5%)', 'monthly_charges > 89.5: 41 of 231 rows (17.7%)']);
  await page.getByText('Of 318 rows whose labels have come, v3 is right in 291, v2 in 284.').waitFor();
  assert.equal(await page.getByRole('region', { name: 'Agreement' }).getByRole('row').count(), 5);
  await page.getByText('First 50 of 73 rows that flip').click();
  assert.equal(await page.getByRole('region', { name: 'Rows that flip' }).getByRole('row').count(), 51);
});

test('a shadow says how far its answers agree, what its checks say, and is promoted', async (context) => {
  const { page } = await open(context, { ...churnReleases, answers: releasesAnswers(shadowedEndpoint) });
  await page.getByText(/^1,204 copies: 939 of 1,000 rows answered alike \(93\.9%\), 3 failed, 1 refused; 12 more were dropped\. Copies of 20% of the requests since/).waitFor();
  assert.deepEqual(await page.getByRole('list', { name: 'Checks' }).locator('.check-label').allTextContents(), ['Errors, passed', 'Refused input, passed', 'Latency, passed', 'Agreement, passed']);
  await page.getByText('The first that failed or was refused: 500: The model raised on row 1: tenure is missing.').waitFor();
  assert.equal(await page.getByRole('region', { name: 'Agreement' }).getByRole('row').count(), 5);
  assert.match(await page.getByRole('list', { name: 'Releases by header' }).innerText(), /x-slipway-release: v3, and copies of 20% of the others, to nobody/);
  await page.getByText('Goes on after 100 copies and 30 s; then when someone promotes it').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Promote', exact: true }).isEnabled(), true);
});

test('the address of an endpoint comes with a request to copy and its documentation', async (context) => {
  const { page, commands } = await open(context, { subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers() });
  await page.getByRole('button', { name: 'Copy curl' }).click();
  await page.getByRole('button', { name: 'Documentation' }).click();
  assert.match(await page.getByRole('list', { name: 'Releases by header' }).innerText(), /v1 has no traffic.*x-slipway-release: v1/);
  await page.getByRole('button', { name: 'Try v1' }).click();
  assert.deepEqual(commands, [
    { command: 'slipway.copyCurl', argument: { endpoint: 'churn' } },
    { command: 'slipway.openEndpointDocs', argument: { endpoint: 'churn' } },
    { command: 'slipway.sendTestRequest', argument: { endpoint: 'churn', release: liveEndpoint.warm[0]?.release } },
  ]);
});
