import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fleetAnswers } from './answers.ts';
import { largeFleet } from './fixtures/fleet.ts';
import { panelOpener } from './opened.ts';

const open = panelOpener();

test('the fleet says how each endpoint stands, those that need somebody first, and opens what a row names', async (context) => {
  const { page, shown, commands } = await open(context, { subject: { panel: 'fleet' }, answers: fleetAnswers });
  await page.getByText('6 endpoints, 3 need you').waitFor();
  const rows = page.locator('.fleet-row');
  assert.deepEqual(await rows.locator('.fleet-name').allInnerTexts(), ['churn', 'fraud', 'a-price-of-used-cars-in-the-south-east-by-dealer', 'recommend', 'segments', 'spare']);
  assert.match(await rows.nth(3).innerText(), /Well[\s\S]*48,210[\s\S]*46\.2 ms[\s\S]*AUC 0\.912[\s\S]*Well for 6 days\. Since v7, 3 days ago, p99 is up 12% \(41\.2 ms → 46\.2 ms\)\./);
  assert.match(await rows.nth(4).innerText(), /Quiet[\s\S]*No request for 9 days: nothing says how it does\./);
  await page.getByRole('button', { name: 'churn', exact: true }).click();
  await page.getByRole('button', { name: /^v7, / }).first().click();
  await page.getByRole('button', { name: /^12, / }).click();
  assert.deepEqual(shown, [{ panel: 'monitoring', endpoint: 'churn' }, { panel: 'releases', endpoint: 'a-price-of-used-cars-in-the-south-east-by-dealer' }]);
  assert.deepEqual(commands, [{ command: 'slipway.openIncident', argument: { incident: 12 } }]);
});

test('three hundred endpoints are drawn as far as they are in view, found by name, and walked through by arrow keys', async (context) => {
  const { page } = await open(context, { subject: { panel: 'fleet' }, answers: { ...fleetAnswers, listFleet: () => ({ endpoints: largeFleet() }) } });
  await page.getByText('300 endpoints').waitFor();
  const drawn = await page.locator('.fleet-row').count();
  assert.ok(drawn > 5 && drawn < 60, String(drawn));
  assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), '301');
  await page.locator('.fleet-name').first().focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.activeElement?.textContent === 'store-296');
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction(() => document.activeElement?.textContent === 'store-295');
  await page.getByRole('textbox').fill('demand-3 04');
  await page.locator('.fleet-row').nth(3).waitFor({ state: 'detached' });
  assert.ok((await page.locator('.fleet-name').allInnerTexts()).every((name) => name.includes('04')));
});
