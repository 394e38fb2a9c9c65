import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../companion/testCompanion.ts';
import { commandLine, type CommandLine } from './commandLine.ts';

const created = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });

describe('slipway history, note, move and purge', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let slipway: CommandLine;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    slipway = commandLine(home.root);
  });
  after(() => home.close());

  const mlflow = async (path: string, body: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${client.lock.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${client.baseUrl}/api/2.0/mlflow/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 200);
    return answer.json();
  };
  const createRun = async (): Promise<string> => created.parse(await mlflow('runs/create', { experiment_id: '0', start_time: Date.now() })).run.info.run_id;
  const succeed = async (...args: string[]): Promise<unknown> => {
    const { code, value } = await slipway.json(args);
    assert.equal(code, 0, JSON.stringify(value));
    return value;
  };

  it('do what they say', async () => {
    const runId = await createRun();
    await succeed('note', runId.slice(0, 12), 'keep this one');
    const { experiment_id: experimentId } = z.object({ experiment_id: z.string() }).parse(await mlflow('experiments/create', { name: 'elsewhere' }));
    assert.deepEqual(await succeed('move', runId.slice(0, 12), '--experiment', 'elsewhere'), { moved: 1, experimentId });
    const run = await client.call('getRun', { runId });
    assert.deepEqual([run.experimentId, run.tags['mlflow.note.content']], [experimentId, 'keep this one']);

    await mlflow('registered-models/create', { name: 'churn' });
    await mlflow('model-versions/create', { name: 'churn', source: `mlflow-artifacts:/0/${runId}/artifacts/model`, run_id: runId });
    await succeed('alias', 'churn', 'champion', '1');
    const { stdout } = await slipway.run(['history', 'churn', '--alias', '@champion']);
    assert.match(stdout, /@champion\s+1\s+\S.*now/);

    const gone = await createRun();
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
