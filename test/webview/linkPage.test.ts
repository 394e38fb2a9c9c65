import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { CompanionClient } from '../../server/client/companionClient.ts';
import { readLink } from '../../extension/companion/links.ts';
import { until } from '../harness/until.ts';
import { openCompanionHome, type TestCompanionHome } from '../harness/testCompanion.ts';

const runId = '0123456789abcdef0123456789abcdef';

describe('the page that mlflow’s links lead to', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let browser: Browser;
  let page: Page;
  /** Where the page leads by itself. */
  const led: string[] = [];
  const problems: string[] = [];
  const asked: string[] = [];
  before(async () => {
    home = openCompanionHome();
    [client, browser] = await Promise.all([
      home.start(),
      chromium.launch({ executablePath: process.env['SLIPWAY_TEST_BROWSER'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] }),
    ]);
    page = await browser.newPage();
    const session = await page.context().newCDPSession(page);
    session.on('Page.frameRequestedNavigation', ({ url }) => led.push(url));
    await session.send('Page.enable');
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('request', (request) => asked.push(request.url()));
  });
  after(async () => {
    await browser.close();
    await home.close();
  });

  const open = async (fragment: string): Promise<void> => {
    led.length = 0;
    await page.goto('about:blank');
    await page.goto(`${client.baseUrl}/${fragment}`);
  };
  const shown = async (): Promise<(string | null)[]> => [
    await page.locator('h1').innerText(),
    await page.getByRole('link', { name: 'Open in VS Code', exact: true }).getAttribute('href'),
    (await page.locator('code').isVisible()) ? await page.locator('code').innerText() : null,
  ];

  it('says what a link names, hands it over to the editor, and has the command for a terminal', async () => {
    const run = [`Run ${runId}`, `vscode://slipway.slipway/run/${runId}`, `slipway runs ${runId}`];
    const experiment = ['Experiment 12', 'vscode://slipway.slipway/experiment/12', 'slipway runs --experiment 12'];
    for (const [fragment, expected] of [
      [`#/experiments/0/runs/${runId}`, run],
      [`#/experiments/0/runs/${runId}/artifacts/model?workspace=team-a`, run],
      ['#/experiments/12', experiment],
      ['#/experiments/12?searchFilter=&orderByKey=x', experiment],
      ['#/experiments/12/models/m-0f', ['Logged model m-0f of experiment 12', ...experiment.slice(1)]],
      ['#/models/churn', ['Registered model churn', 'vscode://slipway.slipway/model/churn', 'slipway models churn']],
      ['#/models/churn%20%C3%BC/versions/3', ['Registered model churn ü version 3', 'vscode://slipway.slipway/version/churn%20%C3%BC/3', null]],
    ] as const) {
      await open(fragment);
      assert.deepEqual(await shown(), expected, fragment);
      const [, uri] = expected;
      await until(() => led.length > 0);
      assert.deepEqual(led, [uri], fragment);
      // What the page makes, the extension reads.
      assert.ok(readLink(decodeURIComponent(new URL(uri ?? '').pathname)), fragment);
    }
  });

  it('follows a link that is opened in the same tab', async () => {
    await open('#/experiments/3');
    await page.evaluate(`location.hash = '#/experiments/4'`);
    await page.getByRole('heading', { name: 'Experiment 4' }).waitFor();
  });

  it('shows nothing of what names nothing, and runs nothing', async () => {
    for (const fragment of [
      '',
      '#',
      '#/prompts',
      '#/experiments/',
      '#/experiments/<img src=x onerror=alert(1)>',
      `#/models/${encodeURIComponent('churn\u202egnp')}`,
      `#/models/${encodeURIComponent('churn\nrm')}`,
      '#/models/a%2Fb',
      '#/models/%E0%A4%A',
      '#/javascript:alert(1)',
    ]) {
      await open(fragment);
      assert.equal(await page.locator('h1').innerText(), 'Slipway', fragment);
      assert.equal(await page.locator('#ways').isVisible(), false, fragment);
      // Whatever the page had asked for would have come before this answer.
      await page.evaluate('document.readyState');
      assert.deepEqual(led, [], fragment);
    }
    for (const name of ['<img src=x onerror=alert(1)>', `"; rm -rf ~; '`, '$(id)']) {
      await open(`#/models/${encodeURIComponent(name)}`);
      assert.deepEqual(await shown(), [`Registered model ${name}`, `vscode://slipway.slipway/model/${encodeURIComponent(name)}`, null]);
    }
  });

  it('asks for nothing else and breaks no rule of its policy', () => {
    assert.deepEqual(problems, []);
    assert.deepEqual(new Set(asked.filter((url) => !url.startsWith('vscode:')).map((url) => url.replace(/#.*/, ''))), new Set([`${client.baseUrl}/`]));
  });
});
