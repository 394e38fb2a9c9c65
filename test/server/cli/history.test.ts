import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls, type MlflowCalls } from '../tracking/mlflowCalls.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';

describe('slipway history, note, move and purge', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let mlflow: MlflowCalls;
  let slipway: CommandLine;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    mlflow = mlflowCalls(client);
    slipway = commandLine(home.root);
  });
  after(() => home.close());

  const succeed = async (...args: string[]): Promise<unknown> => {
    const { code, value } = await slipway.json(args);
    assert.equal(code, 0, JSON.stringify(value));
    return value;
  };

  it('do what they say', async () => {
    const runId = await mlflow.createRun();
    await succeed('note', runId.slice(0, 12), 'keep this one');
    const experimentId = await mlflow.createExperiment('elsewhere');
    assert.deepEqual(await succeed('move', runId.slice(0, 12), '--experiment', 'elsewhere'), { moved: 1, experimentId });
    const run = await client.call('getRun', { runId });
    assert.deepEqual([run.experimentId, run.tags['mlflow.note.content']], [experimentId, 'keep this one']);

    await mlflow.post('registered-models/create', { name: 'churn' });
    await mlflow.post('model-versions/create', { name: 'churn', source: `mlflow-artifacts:/0/${runId}/artifacts/model`, run_id: runId });
    await succeed('alias', 'churn', 'champion', '1');
    const { stdout } = await slipway.run(['history', 'churn', '--alias', '@champion']);
    assert.match(stdout, /@champion\s+1\s+\S.*now/);

    const gone = await mlflow.createRun();
    await client.call('deleteRun', { runId: gone });
    await client.call('deleteRun', { runId });
    const counts = z.object({ runs: z.number(), done: z.boolean(), kept: z.array(z.object({ id: z.string(), reason: z.string() })) });
    assert.deepEqual(counts.parse(await succeed('purge')), { runs: 1, done: false, kept: [{ id: runId, reason: 'version 1 of churn comes from it' }] });
    assert.equal(counts.parse(await succeed('purge', '--yes')).done, true);
    assert.equal(counts.parse(await succeed('purge')).runs, 0);
    const wrong = await slipway.json(['purge', '--run', gone, '--yes']);
    assert.notEqual(wrong.code, 0);
    assert.notEqual((await slipway.json(['move', runId, '--experiment', 'nowhere'])).code, 0);
  });
});
