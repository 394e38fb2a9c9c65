import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { compareAnswers, fleetAnswers, monitoringAnswers, promotionAnswers, registryAnswers, releasesAnswers } from './answers.ts';
import { autologRuns } from './fixtures/autologRuns.ts';
import { canaryEndpoint } from './fixtures/endpoints.ts';
import { quietMonitoring } from './fixtures/monitoring.ts';
import { refusedPromotion, waitingPromotion } from './fixtures/promotions.ts';
import { capturedRun, manyRuns, twoRuns } from './fixtures/runs.ts';
import { startHarness, themeNames, type Harness, type OpenedPanel, type ThemeName } from '../harness/webview.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness.close());

interface Scene {
  readonly name: string;
  /** Something that is there once the panel has its content. */
  readonly ready: string;
  open(theme: ThemeName, width: number): Promise<OpenedPanel>;
  /** Where all themes would take long and say the same. */
  readonly themes?: readonly ThemeName[];
  prepare?(panel: OpenedPanel): Promise<void>;
}

const runIds = twoRuns.map(({ runId }) => runId);
const scenes: readonly Scene[] = [
  { name: 'comparison of two runs', ready: '.chart-place canvas', open: (theme, width) => harness.open({ subject: { panel: 'compare', runIds }, answers: compareAnswers(twoRuns), theme, width }) },
  { name: 'comparison of many runs', themes: ['light-modern'], ready: '.chart-place canvas', open: (theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(manyRuns(200, 25, 15)), theme, width }) },
  { name: 'cells of a captured run', themes: ['light-modern', 'high-contrast'], ready: '.execution-values', open: (theme, width) => harness.open({ subject: { panel: 'compare', runIds: [capturedRun.runId] }, answers: compareAnswers([capturedRun]), theme, width }) },
  { name: 'page of a run', themes: ['light-modern', 'high-contrast'], ready: '.run-children', open: (theme, width) => harness.open({ subject: { panel: 'compare', runIds: ['boost'] }, answers: compareAnswers(autologRuns), theme, width }) },
  { name: 'pivot table and views', themes: ['light-modern', 'high-contrast'], ready: '.pivot', open: (theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(autologRuns), theme, width, state: { tab: 'pivot' } }), prepare: async ({ page }) => { await page.getByRole('button', { name: /^Views/ }).click(); } },
  { name: 'comparison without runs', ready: '.empty', open: (theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers([]), theme, width }) },
  {
    name: 'registry with a threshold and the alias editor open',
    ready: '.version-detail',
    open: (theme, width) => harness.open({ subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers, theme, width }),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'v1', exact: true }).click();
      await page.getByRole('slider', { name: 'Threshold' }).waitFor();
      await page.getByRole('button', { name: 'Add alias' }).click();
    },
  },
  {
    name: 'promotion whose gate is answered for',
    ready: '.gate',
    open: (theme, width) => harness.open({ subject: { panel: 'promotion', id: 11 }, answers: promotionAnswers(waitingPromotion, refusedPromotion), theme, width }),
    prepare: async ({ page }) => {
      await page.locator('.release-differences').waitFor();
      await page.getByRole('button', { name: 'Answer for It…' }).first().click();
      await page.getByRole('dialog').getByRole('textbox').waitFor();
    },
  },
  { name: 'fleet', ready: '.fleet-row', open: (theme, width) => harness.open({ subject: { panel: 'fleet' }, answers: fleetAnswers, theme, width }) },
  {
    name: 'monitoring with a feature and a request open',
    ready: '.requests summary',
    open: (theme, width) => harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: monitoringAnswers, theme, width }),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'tenure_months' }).click();
      await page.locator('.requests summary').nth(2).click();
      await page.getByRole('button', { name: 'Show Latency at the gateway as table' }).click();
    },
  },
  {
    name: 'monitoring without requests',
    ready: '.curl',
    open: (theme, width) =>
      harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => quietMonitoring(Number(from), Number(to)) }, theme, width }),
  },
  {
    name: 'releases during a canary',
    ready: '.steps',
    open: (theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(canaryEndpoint), theme, width }),
    prepare: ({ page }) => page.getByText('Journal').click(),
  },
  {
    name: 'rollback dialog',
    ready: '.timeline',
    open: (theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(), theme, width }),
    prepare: async ({ page }) => {
      await page.getByText('Roll back to v1, warm').click();
      await page.getByRole('dialog').getByRole('textbox').waitFor();
    },
  },
  { name: 'loading panel', ready: '.skeleton', open: (theme, width) => harness.open({ subject: { panel: 'registry' }, answers: {}, theme, width }) },
];

/** Rules of axe whose verdict depends on colours; the others say the same in each theme. */
const rulesOfColours = ['color-contrast', 'link-in-text-block'];

for (const scene of scenes) {
  for (const [index, theme] of (scene.themes ?? themeNames).entries()) {
    test(`the ${scene.name} has no serious accessibility finding in ${theme}`, async () => {
      const panel = await scene.open(theme, 900);
      try {
        await panel.page.locator(scene.ready).first().waitFor();
        await scene.prepare?.(panel);
        const { violations } = await new AxeBuilder({ page: panel.page })
          .setLegacyMode()
          .options({ resultTypes: ['violations'], ...(index === 0 ? {} : { runOnly: { type: 'rule', values: rulesOfColours } }) })
          .analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        assert.deepEqual(
          serious.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`) })),
          [],
        );
      } finally {
        await panel.close();
      }
    });
  }

  test(`the ${scene.name} fits into 280 pixels`, async () => {
    const panel = await scene.open('dark-modern', 280);
    try {
      await panel.page.locator(scene.ready).first().waitFor();
      await scene.prepare?.(panel);
      assert.equal(await panel.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
    } finally {
      await panel.close();
    }
  });
}
