import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registryAnswers, promotionAnswers } from './answers.ts';
import { releases } from './fixtures/endpoints.ts';
import { refusedPromotion, signedPromotion, startedPromotion, waitingPromotion } from './fixtures/promotions.ts';
import { Refusal } from '../harness/webview.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

test('an approver sees who asks and why, the figures of the gates, who has said yes, and says it to the digest that is shown', async (context) => {
  const approvals: unknown[] = [];
  let now = waitingPromotion;
  const answers = {
    ...promotionAnswers(waitingPromotion),
    getPromotion: () => now,
    approvePromotion: (input: { readonly release: string; readonly reason: string }) => {
      approvals.push(input);
      now = startedPromotion;
      return now;
    },
  };
  const { page, commands, event } = await open(context, { subject: { panel: 'promotion', id: 12 }, answers });
  await page.getByText('waits for approval', { exact: true }).waitFor();
  for (const text of [/Deeper trees, trained on the data of March/, /ROC AUC 0\.912 \(95 % 0\.884 to 0\.938, 400 rows\)/, /slipway\.yaml:9/, /bob, .*: Figures checked, callers know\./, /One is missing: of bob, carol, not of ada, who asks\./]) {
    assert.match(await page.locator('.panel').innerText(), text);
  }
  await page.locator('.release-differences').waitFor();
  await page.getByRole('button', { name: 'Copy link' }).click();
  assert.deepEqual(commands, [{ command: 'slipway.copyPromotionLink', argument: { id: 12 } }]);

  await page.getByText('Approve…').click();
  const dialog = page.getByRole('dialog');
  assert.match(await dialog.innerText(), /It is the last one: the rollout to churn starts with it\./);
  const yes = dialog.locator('vscode-button', { hasText: 'Approve' });
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('too short');
  assert.equal(await yes.getAttribute('disabled') !== null, true);
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('  looked at the slices too ');
  await yes.click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(approvals, [{ id: 12, release: releases.three, reason: 'looked at the slices too' }]);
  await event({ topic: 'promotion', id: 12, endpoint: 'churn' });
  await page.getByRole('progressbar', { name: 'Progress of the rollout' }).waitFor();
  assert.equal(await page.locator('vscode-button', { hasText: 'Approve…' }).count(), 0);
});

test('a promotion that wants signed approvals says who signed with which key, and signs instead of asking for a name', async (context) => {
  const { page, commands } = await open(context, { subject: { panel: 'promotion', id: 12 }, answers: promotionAnswers(signedPromotion) });
  await page.getByText('waits for approval', { exact: true }).waitFor();
  const text = await page.locator('.panel').innerText();
  assert.match(text, /signed by bob@example\.com \(SHA256:OBf\/1FkXEMCCqIv15T54Pi\/WGhZ0a8b0FfoTSfM74z0\), .*: Figures checked/);
  assert.match(text, /One is missing, signed with an SSH key: of bob@example\.com, carol@example\.com/);
  assert.equal(await page.locator('vscode-button', { hasText: /^\s*Approve…/ }).count(), 0);
  await page.getByText('Sign and Approve…').click();
  assert.deepEqual(commands, [{ command: 'slipway.signApproval', argument: { id: 12 } }]);
});

test('a promotion that has not passed offers to answer for a gate until a time, and a refusal is shown in the dialog', async (context) => {
  const waivers: { readonly gate: string; readonly until: number }[] = [];
  const answers = {
    ...promotionAnswers(waitingPromotion, refusedPromotion),
    waiveGate: (input: { readonly gate: string; readonly until: number }) => {
      waivers.push(input);
      throw new Refusal({ reason: 'conflict', message: 'Version 3 of churn has passed the gate change.', field: 'gate' });
    },
  };
  const { page } = await open(context, { subject: { panel: 'promotion', id: 11 }, answers });
  await page.getByText('gates not passed', { exact: true }).waitFor();
  assert.match(await page.locator('.gate', { hasText: 'change' }).first().innerText(), /failed[\s\S]*worse by 0\.041 \(95 % -0\.063 to -0\.019, above 0 is better\)/);
  assert.equal(await page.locator('.gate', { hasText: 'fairness' }).getByText('Answer for It…').count(), 0, 'somebody answers for it already');
  await page.locator('.gate', { hasText: 'change' }).first().getByText('Answer for It…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('accepted until the next training');
  await page.keyboard.press('Control+Enter');
  await dialog.getByRole('alert').getByText('Version 3 of churn has passed the gate change.').waitFor();
  assert.equal(waivers[0]?.gate, 'change');
  assert.ok(Math.round(((waivers[0]?.until ?? 0) - Date.now()) / 86_400_000) === 30);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('rejecting and breaking the glass ask why; what comes of the latter is another promotion, which is shown', async (context) => {
  const asked: unknown[] = [];
  const answers = {
    ...promotionAnswers(refusedPromotion),
    requestPromotion: (input: unknown) => {
      asked.push(input);
      return { ...startedPromotion, breakGlass: true };
    },
  };
  const { page, shown } = await open(context, { subject: { panel: 'promotion' }, answers });
  await page.getByText('Break the Glass…').click();
  const dialog = page.getByRole('dialog');
  assert.match(await dialog.innerText(), /opens a critical incident/);
  await dialog.getByRole('textbox').fill('prices are wrong, the shop loses orders');
  await dialog.locator('vscode-button', { hasText: 'Break the Glass' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(asked, [{ model: 'churn', version: 3, endpoint: 'churn', reason: 'prices are wrong, the shop loses orders', breakGlass: true }]);
  assert.deepEqual(shown, [{ panel: 'promotion', id: 13 }]);
});

test('a version in the registry has its gates, its promotions and the way to the next one; its model what it lacks', async (context) => {
  const { page, commands, shown } = await open(context, { subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers });
  await page.getByText('Not all gates passed.').waitFor();
  await page.getByText('Promotion 12').click();
  assert.deepEqual(shown, [{ panel: 'promotion', id: 12 }]);
  await page.getByText('Run Gates').click();
  await page.getByText('Promote…').click();
  assert.deepEqual(commands, ['slipway.runGates', 'slipway.requestPromotion'].map((command) => ({ command, argument: { model: 'churn', version: 3 } })));
  await page.getByText('It lacks: alert channel.').waitFor();
  await page.getByRole('button', { name: 'v2', exact: true }).click();
  await page.getByText('Its gates were not run yet.').waitFor();
});
