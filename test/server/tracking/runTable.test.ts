import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { createRunTableWriter } from '../../../webview/tracking/runTable.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls } from './mlflowCalls.ts';

describe('runs as a table', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  const runIds: string[] = [];

  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    const mlflow = mlflowCalls(client);
    for (let index = 0; index < 45; index += 1) {
      const runId = await mlflow.createRun({ run_name: `run ${index}`, start_time: 1000 + index });
      const at = { timestamp: 1, step: 0 };
      const metrics = [{ key: 'loss', value: index === 3 ? 'NaN' : index / 7, ...at }, ...(index % 2 === 0 ? [{ key: 'val/auc', value: index === 4 ? '-Infinity' : 0.5, ...at }] : [])];
      await mlflow.post('runs/log-batch', { run_id: runId, metrics, params: [{ key: `only ${index % 5}`, value: String(index) }, { key: 'kind', value: ['tree', 'linear'][index % 2] }], tags: [{ key: 'team', value: 'risk' }] });
      runIds.push(runId);
    }
  });
  after(() => home.close());

  it('holds for each run what a single read says, in the order of the ids', async () => {
    const wanted = runIds.toReversed();
    const writer = createRunTableWriter();
    writer.add(await client.call('readRunTable', { runIds: wanted }));
    const single = await Promise.all(wanted.map((runId) => client.call('getRun', { runId })));
    assert.deepEqual(writer.table(false).runs.map((run) => ({ ...run })), single);
  });

  it('leaves out runs that are deleted or unknown', async () => {
    const [first = '', second = ''] = runIds;
    await client.call('deleteRun', { runId: first });
    const { runs, metrics } = await client.call('readRunTable', { runIds: ['0'.repeat(32), first, second, second] });
    assert.deepEqual(runs.map(({ runId }) => runId), [second]);
    assert.deepEqual(metrics.map(({ key }) => key), ['loss']);
    assert.equal(metrics[0]?.values, Buffer.from(Float64Array.of(1 / 7).buffer).toString('base64'));
    await client.call('restoreRun', { runId: first });
  });

  it('lists the ids of runs, the newest first, and says when there are more', async () => {
    assert.deepEqual(await client.call('listRunIds', {}), { runIds: runIds.toReversed(), truncated: false });
    assert.deepEqual(await client.call('listRunIds', { experimentId: '0', limit: 2 }), { runIds: runIds.slice(-2).reverse(), truncated: true });
    assert.deepEqual((await client.call('listRunIds', { experimentId: '77' })).runIds, []);
    await assert.rejects(client.call('listRunIds', { experimentId: 'x' }), { reason: 'invalid-input' });
    await assert.rejects(client.call('readRunTable', { runIds: [] }), { reason: 'invalid-input', field: 'runIds' });
  });
});
