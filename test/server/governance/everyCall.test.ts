import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import { isOpen } from '../../../server/contract/batches.ts';
import { api, type CallInput, type CallName } from '../../../server/contract/api.ts';
import { until } from '../../harness/until.ts';
import { goesOn } from '../../../server/contract/retraining.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';
import { mlflowCalls } from '../tracking/mlflowCalls.ts';

/**
 * What each call that is no GET writes into the audit log. `reads`: a question whose input is too long for a query. `tracks`: what is tracked is changed, and
 * can be brought back. `deploys`: as `deploy` does, a model that was refused, which hostile/pickles.test.ts has.
 * `keeps running`: of the companion or a window, not of what a person does to a model, an endpoint or the home.
 */
const told = {
  deleteModel: ['model.deleted'],
  registerVersion: ['model.created', 'version.registered'],
  deleteVersion: ['version.deleted'],
  setAlias: ['alias.set'],
  deleteAlias: ['alias.deleted'],
  deploy: ['deploy.requested', 'deploy.switched', 'deploy.finished', 'alias.set'],
  promote: ['deploy.promoted'],
  cancelRollout: ['deploy.cancelled'],
  rollBack: ['rollback.requested', 'rollback.switched', 'rollback.finished', 'alias.set'],
  stopEndpoint: ['endpoint.stopped'],
  startEndpoint: ['endpoint.started'],
  scaleEndpoint: ['endpoint.scaled'],
  deleteEndpoint: ['endpoint.deleted'],
  startBatch: ['batch.requested', 'batch.scored'],
  startModelBatch: ['batch.requested'],
  cancelBatch: ['batch.cancelled'],
  scheduleBatch: ['batch.scheduled'],
  pauseBatchSchedule: ['batch.schedule-paused'],
  resumeBatchSchedule: ['batch.schedule-resumed'],
  removeBatchSchedule: ['batch.schedule-removed'],
  pushEndpointImage: ['image.push-requested'],
  pushModelImage: ['image.push-requested'],
  cancelImagePush: ['image.push-cancelled'],
  checkLoad: ['version.checked'],
  prune: ['pruned'],
  setSecret: ['secret.set'],
  deleteSecret: ['secret.deleted'],
  purge: ['tracking.purged'],
  startTransfer: ['transfer.exported'],
  changeSettings: ['settings.changed'],
  recordLabels: ['labels.recorded'],
  forgetRequests: ['requests.forgotten'],
  takeBaseline: ['baseline.taken'],
  chooseBaseline: ['baseline.chosen'],
  changeAlertRule: ['alert.changed'],
  muteAlertRule: ['alert.muted'],
  acknowledgeIncident: ['incident.acknowledged'],
  resolveIncident: ['incident.resolved'],
  noteIncident: ['incident.noted'],
  addChannel: ['channel.added'],
  removeChannel: ['channel.removed'],
  erasePerson: ['audit.erased'],
  writeCardStatements: ['card.written'],
  runGates: ['gates.run'],
  cancelGateRun: ['gates.cancelled'],
  waiveGate: ['gate.waived'],
  requestPromotion: ['promotion.requested', 'gates.run'],
  approvePromotion: ['promotion.approved'],
  rejectPromotion: ['promotion.rejected'],
  startRetraining: ['retraining.requested', 'retraining.failed'],
  cancelRetraining: ['retraining.cancelled'],
  adoptPolicy: ['policy.applied'],
  forgetPolicy: ['policy.lifted'],
  allowAndDeploy: 'deploys',
  shutDown: 'keeps running',
  logIn: 'keeps running',
  holdLease: 'keeps running',
  dropLease: 'keeps running',
  lookForChanges: 'keeps running',
  cancelTransfer: 'keeps running',
  startCapture: 'tracks',
  beginCell: 'tracks',
  recordCell: 'tracks',
  recordCells: 'tracks',
  recordNotebook: 'tracks',
  recordPackages: 'tracks',
  keepMetrics: 'tracks',
  endCapture: 'tracks',
  renameRun: 'tracks',
  deleteRun: 'tracks',
  restoreRun: 'tracks',
  setNote: 'tracks',
  moveRuns: 'tracks',
  createExperiment: 'tracks',
  renameExperiment: 'tracks',
  setPrimaryMetric: 'tracks',
  setMetricDirection: 'tracks',
  saveView: 'tracks',
  renameView: 'tracks',
  deleteView: 'tracks',
  deleteExperiment: 'tracks',
  restoreExperiment: 'tracks',
  deleteLoggedModel: 'tracks',
  restoreLoggedModel: 'tracks',
  describeVersion: 'tracks',
  readRunTable: 'reads',
  compareRuns: 'reads',
  getMetricSeries: 'reads',
  previewPurge: 'reads',
  previewPrune: 'reads',
  previewDeploy: 'reads',
  previewTransfer: 'reads',
  listRunArtifacts: 'reads',
  maskTexts: 'reads',
  listLinkedRuns: 'reads',
  tryAlertRule: 'reads',
  testChannel: 'reads',
  checkPolicy: 'reads',
} satisfies Partial<Record<CallName, readonly string[] | string>>;

const canary: CallInput<'deploy'>['strategy'] = { kind: 'canary', steps: [50], stepSeconds: 3600, checks: { minimumRequests: 1 } };

describe('every call that changes something', () => {
  let home: PreparedHome;
  const outside = mkdtempSync(path.join(tmpdir(), 'slipway-calls-'));
  before(async () => {
    home = await openPreparedHome();
    await home.start();
  });
  after(async () => {
    await home.close();
    rmSync(outside, { recursive: true, force: true });
  });

  it('is known here, with what it writes into the audit log', () => {
    const changing = Object.entries(api).filter(([, { method }]) => method !== 'GET').map(([name]) => name);
    assert.deepEqual(changing.sort(), Object.keys(told).sort());
  });

  it('is told of whom who asked for it, and of nobody else', async () => {
    /** Who did what, of those that are named after calls. */
    const look = async (): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
      const found = new Map<string, Set<string>>();
      const { entries } = await home.client().call('listAudit', { limit: 1000 });
      for (const { action, actor } of entries.filter(({ sequence }) => sequence > before)) {
        found.set(action, (found.get(action) ?? new Set()).add(actor));
      }
      return found;
    };
    const { total: before, entries: [earlier] } = await home.client().call('listAudit', { limit: 1 });
    /** Each call is made by a person of its own, named after it. */
    const as = (name: CallName): CompanionClient => createCompanionClient(home.client().lock, { user: `who ${name}`, program: 'editor' });
    const { versions } = home;
    // First, as it takes the name out of what others have done too.
    await as('erasePerson').call('erasePerson', { person: earlier?.actor ?? assert.fail('nobody has done anything yet') });
    const mlflow = mlflowCalls(home.client());
    const runId = await mlflow.createRun();
    const { modelId } = await home.client().call('getVersion', { name: 'rule', version: versions.steady });
    assert.ok(modelId !== undefined);

    await as('registerVersion').call('registerVersion', { name: 'made', source: { kind: 'logged-model', modelId } });
    await as('writeCardStatements').call('writeCardStatements', { name: 'made', version: 1, statements: { owner: 'the churn team' } });
    await as('setAlias').call('setAlias', { name: 'made', alias: 'champion', version: 1 });
    await as('deleteAlias').call('deleteAlias', { name: 'made', alias: 'champion' });
    await as('deleteVersion').call('deleteVersion', { name: 'made', version: 1 });
    await as('deleteModel').call('deleteModel', { name: 'made' });
    await as('setSecret').call('setSecret', { name: 'TOKEN', value: 'secret' });
    await as('deleteSecret').call('deleteSecret', { name: 'TOKEN' });
    await as('changeSettings').call('changeSettings', { keptReleases: 7 });

    await as('checkLoad').call('checkLoad', { name: 'rule', version: versions.steady });
    await until(async () => (await look()).has('version.checked'));
    const first = await as('deploy').call('deploy', { name: 'road', model: 'rule', version: versions.steady });
    await home.rollout(first.id, ({ state }) => state === 'succeeded');
    const second = await as('deploy').call('deploy', { name: 'road', model: 'rule', version: versions['steady:1'], strategy: canary });
    await home.rollout(second.id, ({ weight }) => weight === 50);
    await as('promote').call('promote', { name: 'road' });
    await home.rollout(second.id, ({ state }) => state === 'succeeded');
    const third = await as('deploy').call('deploy', { name: 'road', model: 'rule', version: versions.steady, strategy: canary });
    await home.rollout(third.id, ({ weight }) => weight === 50);
    await as('cancelRollout').call('cancelRollout', { name: 'road' });
    const back = await as('rollBack').call('rollBack', { name: 'road' });
    await home.rollout(back.rollout.id, ({ state }) => state === 'succeeded');
    const rows = path.join(outside, 'rows.csv');
    writeFileSync(rows, 'a,b\n1,2\n');
    const scored = await as('startBatch').call('startBatch', { name: 'road', inputs: [rows], out: path.join(outside, 'scored.csv') });
    const dropped = await as('startModelBatch').call('startModelBatch', { model: 'rule', version: versions.steady, inputs: [rows], out: path.join(outside, 'dropped.csv') });
    await as('cancelBatch').call('cancelBatch', { id: dropped.id });
    const often = await as('scheduleBatch').call('scheduleBatch', { endpoint: 'road', inputs: [rows], out: path.join(outside, 'often.csv'), overwrite: true, schedule: '0 3 * * 1' });
    for (const call of ['pauseBatchSchedule', 'resumeBatchSchedule', 'removeBatchSchedule'] as const) {
      await as(call).call(call, { id: often.id });
    }
    const pushed = await as('pushEndpointImage').call('pushEndpointImage', { name: 'road', to: '127.0.0.1:9/road' });
    const meant = await as('pushModelImage').call('pushModelImage', { model: 'rule', version: versions.steady, to: '127.0.0.1:9/rule' });
    for (const { id } of [pushed, meant]) {
      await as('cancelImagePush').call('cancelImagePush', { id });
    }
    await until(async () => (await home.client().call('listBatches', {})).batches.every((batch) => !isOpen(batch)));
    assert.equal((await home.client().call('getBatch', { id: scored.id })).state, 'succeeded');
    await as('scaleEndpoint').call('scaleEndpoint', { name: 'road', replicaCount: 2 });
    await as('recordLabels').call('recordLabels', { name: 'road', labels: [{ request_id: 'any', label: 1 }] });
    await as('forgetRequests').call('forgetRequests', { name: 'road', where: { a: 'nobody' } });
    const baseline = await as('takeBaseline').call('takeBaseline', { name: 'rule', version: versions.steady, from: { kind: 'data-file', path: rows } });
    await as('chooseBaseline').call('chooseBaseline', { name: 'rule', version: versions.steady, id: baseline.id });
    await as('changeAlertRule').call('changeAlertRule', { name: 'road', rule: 'no-traffic', settings: { enabled: true, threshold: 1_000_000, owner: 'ops', runbook: 'https://wiki.example.com/road' } });
    const incident = async (): Promise<number | undefined> => (await home.client().call('listIncidents', { endpoint: 'road' })).incidents[0]?.id;
    await until(async () => (await incident()) !== undefined);
    const id = (await incident()) ?? assert.fail();
    await as('noteIncident').call('noteIncident', { id, text: 'Looking at it.' });
    await as('acknowledgeIncident').call('acknowledgeIncident', { id });
    await as('muteAlertRule').call('muteAlertRule', { name: 'road', rule: 'no-traffic', minutes: 60 });
    const ended = await as('resolveIncident').call('resolveIncident', { id });
    assert.deepEqual([ended.state, ended.alerts.map(({ rule, state, owner, runbook }) => [rule, state, owner, runbook])], ['resolved', [['no-traffic', 'resolved', 'ops', 'https://wiki.example.com/road']]]);
    for (const text of [/deploy switched/, /^warning: .* requests came in 60 min/, /^Looking at it/, /^Acknowledged/, /^Resolved by hand/]) {
      assert.ok(ended.timeline.some((entry) => text.test(entry.text)), `${String(text)} in ${JSON.stringify(ended.timeline)}`);
    }
    await as('addChannel').call('addChannel', { name: 'desk', kind: 'desktop', fields: {} });
    await as('removeChannel').call('removeChannel', { name: 'desk' });
    const file = path.join(outside, 'slipway.yaml');
    writeFileSync(file, 'models: {rule: {gates: {integrity: {maximumDuplicates: 0}}, retraining: {notebook: gone.ipynb}}, waits: {retraining: {notebook: gone.ipynb, python: ./waits}}}\n');
    await as('adoptPolicy').call('adoptPolicy', { file });
    const gates = { model: 'rule', version: versions.steady };
    assert.equal((await home.client().call('runGates', gates)).state, 'running');
    assert.deepEqual(await as('cancelGateRun').call('cancelGateRun', gates), { cancelled: true });
    await until(() => home.client().call('getGateRun', gates).then(() => false, (error: unknown) => CallFailure.is(error, 'not-found')));
    assert.deepEqual(await home.client().call('cancelGateRun', gates), { cancelled: false });
    await as('runGates').call('runGates', gates);
    await until(async () => (await home.client().call('getGateRun', gates)).state !== 'running');
    await as('waiveGate').call('waiveGate', { ...gates, gate: 'integrity', reason: 'it has no training file', until: Date.now() + 60_000 });
    const retrained = await as('startRetraining').call('startRetraining', { model: 'rule' });
    await until(async () => !goesOn(await home.client().call('getRetraining', { id: retrained.id })));
    writeFileSync(path.join(outside, 'waits'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o700 });
    const waits = await as('startRetraining').call('startRetraining', { model: 'waits' });
    await as('cancelRetraining').call('cancelRetraining', { id: waits.id });
    writeFileSync(file, 'models: {rule: {approvals: {required: 2}}}\n');
    await as('adoptPolicy').call('adoptPolicy', { file });
    const { id: promotion } = await as('requestPromotion').call('requestPromotion', { ...gates, endpoint: 'road', reason: 'to be looked at' });
    const release = async (): Promise<string | undefined> => (await home.client().call('getPromotion', { id: promotion })).release;
    await until(async () => (await release()) !== undefined);
    await as('approvePromotion').call('approvePromotion', { id: promotion, release: (await release()) ?? '', reason: 'the figures are right' });
    await as('rejectPromotion').call('rejectPromotion', { id: promotion, reason: 'not on a Friday' });
    await as('forgetPolicy').call('forgetPolicy', { file });
    await as('stopEndpoint').call('stopEndpoint', { name: 'road' });
    await home.endpoint('road', ({ state }) => state === 'stopped');
    await as('startEndpoint').call('startEndpoint', { name: 'road' });
    await as('deleteEndpoint').call('deleteEndpoint', { name: 'road', evenIfBusy: 'true' });

    await as('deleteRun').call('deleteRun', { runId });
    await as('purge').call('purge', { runIds: [runId] });
    await as('prune').call('prune', { keep: 1 });
    await as('startTransfer').call('startTransfer', { direction: 'export', location: path.join(outside, 'mlruns') });
    await until(async () => (await look()).has('transfer.exported'));

    const wanted = Object.entries(told).flatMap(([name, actions]) => (typeof actions === 'string' ? [] : actions.map((action) => [action, `who ${name}`] as const)));
    const seen = await look();
    for (const [action] of wanted) {
      assert.deepEqual([...(seen.get(action) ?? [])].sort(), wanted.filter(([each]) => each === action).map(([, actor]) => actor).sort(), action);
    }
  });
});
