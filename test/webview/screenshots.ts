// Draws the panels in every theme and width: `node test/webview/screenshots.ts [part of a name]`.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { savedView, viewTag } from '../../server/contract/savedViews.ts';
import type { RegisteredModel } from '../../server/contract/registry.ts';
import { autologRuns } from './fixtures/autologRuns.ts';
import { compareAnswers, fleetAnswers, monitoringAnswers, promotionAnswers, registryAnswers, releasesAnswers } from './answers.ts';
import { canaryEndpoint, heldEndpoint, refusedEndpoint, rehearsedEndpoint, returnedEndpoint, shadowedEndpoint } from './fixtures/endpoints.ts';
import { largeFleet } from './fixtures/fleet.ts';
import { emptyEndpoint, longEndpoint } from './fixtures/longEndpoint.ts';
import { autologModel, churnModel } from './fixtures/models.ts';
import { unlabelledPerformance } from './fixtures/performance.ts';
import { exampleMonitoring, fewRowsMonitoring, lossyMonitoring, quietMonitoring } from './fixtures/monitoring.ts';
import { refusedPromotion, signedPromotion, startedPromotion, waitingPromotion } from './fixtures/promotions.ts';
import { longCurves } from './fixtures/longCurves.ts';
import { capturedRun, linkedRun, manyRuns, twoRuns } from './fixtures/runs.ts';
import { now } from './fixtures/values.ts';
import { Refusal, startHarness, type Harness, type OpenedPanel, type ThemeName } from '../harness/webview.ts';

const folder = path.join(fileURLToPath(new URL('../..', import.meta.url)), '.cache/screenshots/webview');
mkdirSync(folder, { recursive: true });

interface Scene {
  readonly name: string;
  open(harness: Harness, theme: ThemeName, width: number): Promise<OpenedPanel>;
  /** What to do before the picture. */
  prepare?(panel: OpenedPanel): Promise<void>;
}

const runIds = twoRuns.map(({ runId }) => runId);
const many = manyRuns(200, 25, 15);
const refuse = (): never => {
  throw new Refusal({ reason: 'unavailable', message: 'The companion did not answer within 10 seconds.', remedy: 'Start it again with "Slipway: Start Companion".' });
};
/** A captured run of a teammate, on a shared server. */
const elsewhere = (): never => {
  throw new Refusal({ reason: 'not-found', message: 'There is no captured run on this machine.', field: 'runId' });
};
const refuseLogin = (): never => {
  throw new Refusal({ reason: 'forbidden', field: 'trackingUri', message: 'https://mlflow.example.com refuses the login.', remedy: 'Log in with the command "Slipway: Log In to Tracking Server".' });
};
/** A model of a shared server, of which no files were fetched. */
const sharedModel: RegisteredModel = {
  ...churnModel,
  versions: churnModel.versions.map((version) => ({ ...version, digest: undefined, server: 'https://mlflow.datascience.example.com/team' })),
};
const sharedRegistryAnswers = { ...registryAnswers, listModels: () => ({ models: [sharedModel] }) };

const scenes: readonly Scene[] = [
  { name: 'registry-autolog', open: (harness, theme, width) => harness.open({ subject: { panel: 'registry', model: 'diabetes' }, answers: { ...registryAnswers, listModels: () => ({ models: [autologModel] }), listExperiments: () => ({ experiments: [] }), listRunArtifacts: () => ({ runs: [] }) }, theme, width }) },
  {
    name: 'registry-decision',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers, theme, width }),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'v2', exact: true }).click();
      await page.getByRole('slider', { name: 'Threshold' }).fill('37');
    },
  },
  { name: 'compare-captured', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [capturedRun.runId] }, answers: compareAnswers([capturedRun]), theme, width }) },
  { name: 'compare-captured-elsewhere', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [capturedRun.runId] }, answers: { ...compareAnswers([capturedRun]), listExecutions: elsewhere }, theme, width }) },
  { name: 'compare-linked', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [capturedRun.runId, linkedRun.runId] }, answers: compareAnswers([capturedRun, linkedRun]), theme, width }) },
  { name: 'compare-autolog', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [], experimentId: '1' }, answers: compareAnswers(autologRuns), theme, width, state: { reference: 'forest', expanded: ['boost'] } }) },
  {
    name: 'compare-views',
    open: (harness, theme, width) => {
      const view = savedView.parse({ filter: "params.model__max_depth = '8'" });
      const tags = { [viewTag('deep ones')]: JSON.stringify(view), [viewTag('everything of May, with what it cost')]: JSON.stringify(savedView.parse({})) };
      return harness.open({ subject: { panel: 'compare', runIds: [], experimentId: '1' }, answers: { ...compareAnswers(autologRuns), listExperiments: () => ({ experiments: [{ experimentId: '1', name: 'churn', createdAt: now, lastUpdatedAt: now, runs: 4, tags }] }) }, theme, width, state: { view: 'deep ones' } });
    },
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: /^Views/ }).click();
    },
  },
  { name: 'compare-run', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: ['boost'] }, answers: compareAnswers(autologRuns), theme, width, state: { tab: 'differences' } }) },
  {
    name: 'compare-pivot',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [], experimentId: '1' }, answers: compareAnswers(many.map((run, index) => ({ ...run, params: { ...run.params, dataset: ['adult', 'bank', 'credit'][index % 3] ?? '', depth: String(2 + (index % 4)), seed: String(index % 7) } }))), theme, width, state: { tab: 'pivot', relations: { pivotDown: 'param:depth' } } }),
  },
  { name: 'compare-two', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds }, answers: compareAnswers(twoRuns), theme, width }) },
  { name: 'compare-differences', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: runIds }, answers: compareAnswers(twoRuns), theme, width, state: { tab: 'differences' } }) },
  { name: 'compare-images', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: runIds }, answers: compareAnswers(twoRuns), theme, width, state: { tab: 'images' } }) },
  { name: 'compare-params', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(many), theme, width, state: { tab: 'params' } }) },
  { name: 'compare-many', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(many), theme, width }) },
  {
    name: 'compare-columns',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(many), theme, width, state: { shaded: true, columns: { order: [], hidden: [], pinned: ['metric:auc_2'] }, orders: [{ field: 'param:param_5', descending: false }, { field: 'metric:auc_2', descending: true }] } }),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'Columns' }).click();
    },
  },
  {
    name: 'compare-long',
    open: (harness, theme, width) => {
      const long = manyRuns(6, 2, 0).map((run) => ({ ...run, metrics: { loss: 0.1, val_loss: 0.12 } }));
      return harness.open({ subject: { panel: 'compare', runIds: long.map(({ runId }) => runId) }, answers: { ...compareAnswers(long), getMetricSeries: longCurves }, theme, width, state: { smoothing: 0.8, zooms: { 'step val_loss': [20_000, 45_000] } } });
    },
  },
  {
    name: 'compare-groups',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [], experimentId: '1' }, answers: compareAnswers(many), theme, width, state: { shaded: true, groups: ['status', 'param:param_5'], expanded: ['["FINISHED"]', '["FINISHED","entropy"]'], orders: [{ field: 'metric:auc_2', descending: true }] } }),
    prepare: async ({ page }) => {
      const group = page.getByRole('button', { name: /^Group/ });
      if (await group.isVisible()) {
        await group.click();
      }
    },
  },
  {
    name: 'compare-note',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers(many.slice(0, 12).map((run, index) => (index % 4 === 1 ? { ...run, tags: { 'mlflow.note.content': 'Trained on the **March** data; the learning rate was too high to converge.' } } : run))), theme, width }),
    prepare: async ({ page }) => {
      const grid = page.getByRole('grid');
      if (await grid.isVisible()) {
        await grid.focus();
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('n');
      }
    },
  },
  { name: 'compare-empty', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds: [] }, answers: compareAnswers([]), theme, width }) },
  { name: 'compare-error', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds }, answers: { readRunTable: refuse }, theme, width }) },
  { name: 'compare-loading', open: (harness, theme, width) => harness.open({ subject: { panel: 'compare', runIds }, answers: {}, theme, width }) },
  { name: 'registry', open: (harness, theme, width) => harness.open({ subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers, theme, width }) },
  { name: 'registry-shared', open: (harness, theme, width) => harness.open({ subject: { panel: 'registry', model: 'churn' }, answers: sharedRegistryAnswers, theme, width }) },
  {
    name: 'registry-login',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'registry', model: 'churn' }, answers: { listModels: refuseLogin, listEndpoints: () => ({ endpoints: [] }) }, theme, width }),
  },
  { name: 'registry-empty', open: (harness, theme, width) => harness.open({ subject: { panel: 'registry' }, answers: { listModels: () => ({ models: [] }), listEndpoints: () => ({ endpoints: [] }) }, theme, width }) },
  {
    name: 'registry-alias',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'registry', model: 'churn' }, answers: registryAnswers, theme, width }),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'Add alias' }).click();
    },
  },
  { name: 'promotion-waiting', open: (harness, theme, width) => harness.open({ subject: { panel: 'promotion', id: 12 }, answers: promotionAnswers(waitingPromotion, refusedPromotion), theme, width }) },
  { name: 'promotion-signed', open: (harness, theme, width) => harness.open({ subject: { panel: 'promotion', id: 12 }, answers: promotionAnswers(signedPromotion), theme, width }) },
  { name: 'promotion-refused', open: (harness, theme, width) => harness.open({ subject: { panel: 'promotion', id: 11 }, answers: promotionAnswers(waitingPromotion, refusedPromotion), theme, width }) },
  { name: 'promotion-started', open: (harness, theme, width) => harness.open({ subject: { panel: 'promotion' }, answers: promotionAnswers(startedPromotion), theme, width }) },
  { name: 'promotion-empty', open: (harness, theme, width) => harness.open({ subject: { panel: 'promotion' }, answers: promotionAnswers(), theme, width }) },
  {
    name: 'promotion-waive',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'promotion', id: 11 }, answers: promotionAnswers(refusedPromotion), theme, width }),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'Answer for It…' }).first().click();
    },
  },
  { name: 'fleet', open: (harness, theme, width) => harness.open({ subject: { panel: 'fleet' }, answers: fleetAnswers, theme, width }) },
  { name: 'fleet-large', open: (harness, theme, width) => harness.open({ subject: { panel: 'fleet' }, answers: { ...fleetAnswers, listFleet: () => ({ endpoints: largeFleet() }) }, theme, width }) },
  { name: 'monitoring', open: (harness, theme, width) => harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: monitoringAnswers, theme, width }) },
  {
    name: 'monitoring-open',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: monitoringAnswers, theme, width }),
    prepare: async ({ page }) => {
      await page.getByRole('button', { name: 'tenure_months' }).click();
      await page.locator('.requests summary').nth(2).click();
      await page.getByRole('button', { name: 'Show Latency at the gateway as table' }).click();
    },
  },
  {
    name: 'monitoring-quiet',
    open: (harness, theme, width) =>
      harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => quietMonitoring(Number(from ?? now), Number(to ?? now)) }, theme, width }),
  },
  {
    name: 'monitoring-example',
    open: (harness, theme, width) =>
      harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => exampleMonitoring(Number(from ?? now), Number(to ?? now)) }, theme, width }),
  },
  {
    name: 'monitoring-few',
    open: (harness, theme, width) =>
      harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => fewRowsMonitoring(Number(from ?? now), Number(to ?? now)) }, theme, width }),
  },
  {
    name: 'monitoring-lossy',
    open: (harness, theme, width) =>
      harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: { ...monitoringAnswers, getMonitoring: ({ from, to }) => lossyMonitoring(Number(from ?? now), Number(to ?? now)) }, theme, width }),
  },
  {
    name: 'monitoring-unlabelled',
    open: (harness, theme, width) =>
      harness.open({ subject: { panel: 'monitoring', endpoint: 'churn' }, answers: { ...monitoringAnswers, getPerformance: ({ from, to }) => unlabelledPerformance(Number(from ?? now), Number(to ?? now)) }, theme, width }),
  },
  { name: 'releases', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(), theme, width }) },
  { name: 'releases-canary', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(canaryEndpoint), theme, width }) },
  { name: 'releases-returned', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(returnedEndpoint), theme, width }) },
  { name: 'releases-shadowed', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(shadowedEndpoint), theme, width }) },
  { name: 'releases-rehearsed', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(rehearsedEndpoint), theme, width }) },
  { name: 'releases-held', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(heldEndpoint), theme, width }) },
  { name: 'releases-degraded', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn-eu' }, answers: releasesAnswers(), theme, width }) },
  { name: 'releases-long', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: longEndpoint.name }, answers: releasesAnswers(longEndpoint, canaryEndpoint), theme, width }) },
  { name: 'releases-refused', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: refusedEndpoint.name }, answers: releasesAnswers(refusedEndpoint), theme, width }) },
  { name: 'releases-failed', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: emptyEndpoint.name }, answers: releasesAnswers(emptyEndpoint, longEndpoint), theme, width }) },
  { name: 'releases-detail', open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: { ...releasesAnswers(canaryEndpoint), getEndpoint: () => new Promise(() => undefined) }, theme, width }) },
  {
    name: 'releases-rollback',
    open: (harness, theme, width) => harness.open({ subject: { panel: 'releases', endpoint: 'churn' }, answers: releasesAnswers(), theme, width }),
    prepare: async ({ page }) => {
      await page.getByText('Roll back to v1, warm').click();
      await page.getByRole('dialog').getByText('Reason').waitFor();
    },
  },
];

const [part = ''] = process.argv.slice(2);
const looks: readonly (readonly [ThemeName, number])[] = [
  ['dark-modern', 900],
  ['dark-modern', 320],
  ['light-modern', 900],
  ['light-modern', 400],
  ['high-contrast', 900],
  ['dark-modern', 1400],
];
const harness = await startHarness();
try {
  for (const scene of scenes) {
    for (const [theme, width] of looks) {
      const name = `${scene.name}-${theme}-${width}`;
      if (!name.includes(part)) {
        continue;
      }
      const panel = await scene.open(harness, theme, width);
      await panel.page.waitForTimeout(600);
      await scene.prepare?.(panel);
      await panel.page.waitForTimeout(200);
      const full = scene.name !== 'releases-rollback';
      await panel.page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: full });
      const overflow = await panel.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (panel.problems.length > 0 || overflow > 0) {
        console.log(name, overflow > 0 ? `overflows by ${overflow} px` : '', panel.problems.join('\n'));
      }
      await panel.close();
    }
  }
} finally {
  await harness.close();
}
