import assert from 'node:assert/strict';
import { artifactsOf, contentOf } from './fixtures/artifacts.ts';
import { baselines, comparedBaselines } from './fixtures/baselines.ts';
import { canaryEndpoint, canaryRollout, differences, finishedRollback, liveEndpoint, otherEndpoint, releaseOf, rollbackPreview, spansOf, summaryOf } from './fixtures/endpoints.ts';
import { fleet } from './fixtures/fleet.ts';
import { churnModel, churnMoves, earlierEvaluationTable, evaluationTable, fraudModel } from './fixtures/models.ts';
import { churnPerformance } from './fixtures/performance.ts';
import { churnMonitoring, loggedRequests, measuredDrift } from './fixtures/monitoring.ts';
import { churnReadiness, refusedRun, waitingPromotion } from './fixtures/promotions.ts';
import { comparisonOf, executionsOfCaptured, linkedRun, linksOfCaptured, notebookComparison, seriesOf } from './fixtures/runs.ts';
import { partOf } from './fixtures/runTables.ts';
import { churnSchedules } from './fixtures/batchSchedules.ts';
import { timelineOf } from './fixtures/timeline.ts';
import { day, now } from './fixtures/values.ts';
import type { Run } from '../../server/contract/tracking.ts';
import type { Promotion } from '../../server/contract/promotions.ts';
import type { Endpoint } from '../../server/contract/deployments.ts';
import { Refusal, type Answers } from '../harness/webview.ts';

/** Companions that know the fixtures. */
export function compareAnswers(runs: Run[]): Answers<'compare'> {
  return {
    compareRuns: ({ runIds }) => comparisonOf(runs.filter((run) => runIds.includes(run.runId))),
    listRunIds: ({ limit }) => ({ runIds: runs.slice(0, Number(limit)).map(({ runId }) => runId), truncated: runs.length > Number(limit) }),
    readRunTable: ({ runIds }) => partOf(runIds.flatMap((runId) => [...runs, linkedRun].find((run) => run.runId === runId) ?? [])),
    listRuns: ({ filter }) => ({ runs: runs.filter(({ tags }) => tags['mlflow.parentRunId'] !== undefined && filter?.endsWith(`'${tags['mlflow.parentRunId']}'`) === true), truncated: false }),
    listExperiments: () => ({ experiments: [{ experimentId: '1', name: 'churn', createdAt: now, lastUpdatedAt: now, runs: runs.length, tags: {} }] }),
    listModels: () => ({ models: [] }),
    setNote: ({ runId, note }) => {
      const at = runs.findIndex((run) => run.runId === runId);
      const run = runs[at];
      if (run === undefined) {
        throw new Refusal({ reason: 'not-found', message: `There is no run ${runId}.` });
      }
      const noted = { ...run, tags: { ...run.tags, 'mlflow.note.content': note } };
      runs[at] = noted;
      return noted;
    },
    getMetricSeries: ({ runIds, keys }) => ({ series: seriesOf(runs.filter((run) => runIds.includes(run.runId)), keys) }),
    listRunArtifacts: ({ runIds }) => ({ runs: artifactsOf(runs.filter((run) => runIds.includes(run.runId)).slice(0, 2)) }),
    listExecutions: () => ({ executions: executionsOfCaptured, total: executionsOfCaptured.length }),
    listLinkedRuns: ({ runIds }) => ({ runs: linksOfCaptured.filter(({ captureRunId }) => runIds.includes(captureRunId)) }),
    compareNotebooks: ({ to }) => notebookComparison(runs, to),
    readRunArtifact: ({ runId, path }) => contentOf(runs, runId, path),
  };
}

export const registryAnswers: Answers<'registry'> = {
  listModels: () => ({ models: [churnModel, fraudModel] }),
  listEndpoints: () => ({ endpoints: [canaryEndpoint, otherEndpoint].map(summaryOf) }),
  listLiveSpans: ({ model }) => ({ spans: spansOf(...[canaryEndpoint, otherEndpoint].filter((endpoint) => endpoint.model === model)) }),
  listLoadChecks: ({ name }) => ({
    checks: churnModel.versions.slice(0, name === 'churn' ? 2 : 0).map(({ version }, index) => ({
      model: name,
      version,
      ...(index === 0
        ? { state: 'loads', message: 'Loads in an environment of its own (Python 3.11, 12 packages) and answers its example as in the notebook.' }
        : {
            state: 'fails',
            message: 'The pickle model.pkl imports utils.Ages when it is loaded, which neither its requirements nor the code that was logged with it brings.',
            missing: { kind: 'file', name: 'utils.py' },
            remedy: 'Bundle it: register the model again with slipway.register(model, "churn", ..., code=["utils.py"]).',
          }),
      startedAt: now - day,
      endedAt: now - day + 20_000,
      requestedBy: 'ada',
    })),
  }),
  getGateRun: ({ version }) => (Number(version) === 3 ? refusedRun : refuse(`churn:${String(version)}`)),
  listPromotions: () => ({ promotions: [waitingPromotion] }),
  listReadiness: () => ({ models: [churnReadiness] }),
  listAliasMoves: ({ name }) => ({ moves: name === 'churn' ? churnMoves : [], recorded: true }),
  listRunArtifacts: ({ runIds }) => ({
    runs: runIds.map((runId) => ({ runId, truncated: false, files: runId === churnModel.versions[0]?.lineage.runId ? [] : [{ path: 'evaluation.json', bytes: evaluationTable.length, kind: 'table' }] })),
  }),
  readRunArtifact: ({ runId }) => {
    const text = runId === churnModel.versions[2]?.lineage.runId ? earlierEvaluationTable : evaluationTable;
    return { kind: 'text', text, bytes: text.length };
  },
  listExperiments: () => ({ experiments: [{ experimentId: '1', name: 'churn', createdAt: now, lastUpdatedAt: now, runs: 3, tags: { 'mlflow.experiment.primaryMetric.name': 'roc_auc' } }] }),
  getScoredTraffic: () => ({ requests: 2100, scoredRequests: 2000, rows: 2000, atLeast: Array.from({ length: 101 }, (_, index) => 2000 - index * 20), from: now - 6 * day, to: now }),
  getRelease: ({ digest }) => ({ ...releaseOf(digest, 2), serving: { ...releaseOf(digest, 2).serving, threshold: 0.5 } }),
  setAlias: () => churnModel,
  deleteAlias: () => churnModel,
};

export function promotionAnswers(...promotions: readonly Promotion[]): Answers<'promotion'> {
  const find = (id: unknown): Promotion => promotions.find((one) => one.id === Number(id)) ?? refuse(`${String(id)}`);
  return {
    listPromotions: () => ({ promotions: [...promotions] }),
    getPromotion: ({ id }) => find(id),
    compareReleases: ({ from, to }) => ({ from: releaseOf(from, 2), to: releaseOf(to, 3), differences }),
    getRollout: () => canaryRollout,
    approvePromotion: ({ id }) => find(id),
    rejectPromotion: ({ id }) => find(id),
    requestPromotion: () => find(promotions[0]?.id),
    waiveGate: () => refusedRun,
  };
}

export const fleetAnswers: Answers<'fleet'> = { listFleet: () => ({ endpoints: [...fleet] }) };

export const monitoringAnswers: Answers<'monitoring'> = {
  getStanding: () => fleet[3] ?? assert.fail(),
  listEndpoints: () => ({ endpoints: [canaryEndpoint, otherEndpoint].map(summaryOf) }),
  listBaselines: () => ({ baselines: [...baselines] }),
  chooseBaseline: ({ id }) => ({ ...(baselines.find((each) => each.id === id) ?? refuse(String(id))), isChosen: true }),
  compareBaselines: () => comparedBaselines,
  getDrift: ({ feature }) => measuredDrift(String(feature)),
  getMonitoring: ({ from, to }) => churnMonitoring(Number(from ?? now - 900_000), Number(to ?? now)),
  getPerformance: ({ from, to }) => churnPerformance(Number(from ?? now - 30 * day), Number(to ?? now)),
  listRequests: ({ errors }) => ({ requests: loggedRequests.filter(({ status }) => errors !== 'true' || status >= 400) }),
};

function refuse(name: string): never {
  throw new Refusal({ reason: 'not-found', message: `There is no endpoint ${name}.`, field: 'name' });
}

export function releasesAnswers(...shown: readonly Endpoint[]): Answers<'releases'> {
  const endpoints = shown.length === 0 ? [liveEndpoint, otherEndpoint] : [...shown, otherEndpoint];
  return {
    listEndpoints: () => ({ endpoints: endpoints.map(summaryOf) }),
    getEndpoint: ({ name }) => endpoints.find((one) => one.name === name) ?? refuse(name),
    listBatchSchedules: ({ endpoint }) => ({ schedules: endpoint === 'churn' ? [...churnSchedules] : [] }),
    getTimeline: ({ name }) => timelineOf(endpoints.find((one) => one.name === name) ?? refuse(name)),
    compareReleases: ({ from, to }) => ({ from: releaseOf(from, 1), to: releaseOf(to, 2), differences }),
    getRelease: ({ digest }) => releaseOf(digest, 2),
    previewRollback: () => rollbackPreview,
    rollBack: () => finishedRollback,
    promote: () => finishedRollback.rollout,
    cancelRollout: () => ({ ...finishedRollback.rollout, state: 'cancelled' }),
  };
}
