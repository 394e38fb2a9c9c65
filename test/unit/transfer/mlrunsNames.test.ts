import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { createMlrunsWriter } from '../../../server/transfer/mlruns/mlrunsWriter.ts';
import type { CarriedModel, CarriedRegisteredModel, CarriedRun } from '../../../server/mlflow/client/carried.ts';

const none: ReadonlyMap<string, string> = new Map();

function run(id: string): CarriedRun {
  return { id, experimentId: '1', name: 'n', user: 'ada', status: 'FINISHED', stage: 'active', startedAt: 1, endedAt: 2, deletedAt: undefined, artifactUri: '', params: none, tags: none, datasets: [], models: [] };
}

function model(id: string): CarriedModel {
  return { id, experimentId: '1', name: 'm', type: undefined, status: 'LOGGED_MODEL_READY', statusMessage: undefined, stage: 'active', createdAt: 1, updatedAt: 1, sourceRunId: undefined, artifactUri: '', params: none, tags: none, metrics: [] };
}

function registered(name: string, aliases: ReadonlyMap<string, number> = new Map()): CarriedRegisteredModel {
  return { name, description: undefined, createdAt: 1, updatedAt: 1, tags: none, versions: [], aliases };
}

describe('an exported folder', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'slipway-test-'));
  after(() => {
    rmSync(home, { recursive: true, force: true });
  });

  it('holds all that is written: no id, name or alias leads out of it', async () => {
    const root = path.join(home, 'deep', 'mlruns');
    mkdirSync(root, { recursive: true });
    const writer = createMlrunsWriter(root);
    const experiment = await writer.experiment({ id: '../../outside', name: 'e', stage: 'active', createdAt: 1, updatedAt: 1, tags: none }, undefined);
    assert.match(experiment.id, /^\d+$/);
    const outcomes = [
      await writer.run(run('../../../outside'), experiment.id, undefined, false),
      await writer.run(run('..'), experiment.id, undefined, false),
      await writer.model(model('../../../../outside'), experiment.id, undefined, false),
    ].map(({ outcome, findings }) => `${outcome}: ${findings.join()}`);
    assert.deepEqual([...new Set(outcomes)], ["conflict: a folder cannot have its name"]);
    writer.links(experiment.id, 'a', [{ direction: 'output', modelId: '../../../../../outside', step: 0 }]);
    assert.deepEqual((await writer.registeredModel(registered('../../outside'))).findings, ['a folder cannot have its name']);
    assert.equal((await writer.registeredModel(registered('churn', new Map([['../../../../outside', 1], ['champion', 1]])))).aliases, 1);
    assert.deepEqual([readdirSync(home), readdirSync(path.join(home, 'deep'))], [['deep'], ['mlruns']]);
    assert.deepEqual(readdirSync(root).sort(), ['.trash', experiment.id, 'models'].sort());
  });
});
