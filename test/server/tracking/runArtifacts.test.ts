import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { artifactLimits } from '../../../server/contract/artifacts.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { mlflowCalls, type MlflowCalls } from './mlflowCalls.ts';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const svg = '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg xmlns="http://www.w3.org/2000/svg"/>';

describe('the artifacts of runs for a panel', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let mlflow: MlflowCalls;
  let runId: string;

  const create = (): Promise<string> => mlflow.createRun({ run_name: 'a' });
  const put = (file: string, content: string | Buffer): Promise<void> => mlflow.upload(`0/${runId}/artifacts/${file}`, content);

  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    mlflow = mlflowCalls(client);
    runId = await create();
    await put('training_confusion_matrix.png', png);
    await put('plots/figure.svg', svg);
    await put('scores.csv', 'a,b\n1,2\n');
    await put('eval_results_table.json', '{"columns":["a"],"data":[[1]]}');
    await put('predictions.json', '{"columns":["a"],"data":[[1]]}');
    await put('metric_info.json', '{}');
    await put('estimator.html', '<html><script>alert(1)</script></html>');
    await put('lies.png', '<html></html>');
    await put('bytes.csv', Buffer.from([0, 1, 2]));
    await put('large.png', Buffer.concat([png, Buffer.alloc(artifactLimits.image)]));
    await put('large.csv', Buffer.alloc(artifactLimits.table + 1, 'a'));
    await put('model/MLmodel', 'flavors: {}\n');
    await put('model/input_example_table.json', '{"columns":[],"data":[]}');
    await put('notes.txt', 'x');
    await mlflow.post('runs/set-tag', { run_id: runId, key: 'mlflow.loggedArtifacts', value: '[{"path": "predictions.json", "type": "table"}]' });
  });
  after(() => home.close());

  it('are listed by kind, without the files of models and what is neither', async () => {
    const empty = await create();
    const { runs } = await client.call('listRunArtifacts', { runIds: [runId, empty] });
    const byKind = (kind: string): string[] => (runs[0]?.files ?? []).filter((file) => file.kind === kind).map(({ path }) => path);
    assert.deepEqual(byKind('image'), ['large.png', 'lies.png', 'plots/figure.svg', 'training_confusion_matrix.png']);
    assert.deepEqual(byKind('table'), ['bytes.csv', 'eval_results_table.json', 'large.csv', 'predictions.json', 'scores.csv']);
    assert.deepEqual(byKind('page'), ['estimator.html']);
    assert.deepEqual(runs[1], { runId: empty, files: [], truncated: false });
    await assert.rejects(client.call('listRunArtifacts', { runIds: ['nothing'] }), { reason: 'not-found' });
  });

  it('are read as what they are, not as what they are called', async () => {
    const read = (path: string): Promise<unknown> => client.call('readRunArtifact', { runId, path });
    assert.deepEqual(await read('training_confusion_matrix.png'), { kind: 'image', mime: 'image/png', base64: png.toString('base64'), bytes: png.byteLength });
    assert.deepEqual(await read('plots/figure.svg'), { kind: 'image', mime: 'image/svg+xml', base64: Buffer.from(svg).toString('base64'), bytes: svg.length });
    assert.deepEqual(await read('scores.csv'), { kind: 'text', text: 'a,b\n1,2\n', bytes: 8 });
    assert.deepEqual(await read('lies.png'), { kind: 'text', text: '<html></html>', bytes: 13 });
    assert.deepEqual(await read('bytes.csv'), { kind: 'unknown', bytes: 3 });
  });

  it('are not read beyond a size', async () => {
    const image = await client.call('readRunArtifact', { runId, path: 'large.png' });
    assert.deepEqual(image, { kind: 'too-large', bytes: artifactLimits.image + png.byteLength, limit: artifactLimits.image });
    assert.equal((await client.call('readRunArtifact', { runId, path: 'large.csv' })).kind, 'too-large');
    assert.equal((await client.readArtifact(runId, 'large.png')).byteLength, artifactLimits.image + png.byteLength);
  });

  it('stay in the folder of their run', async () => {
    for (const path of ['../secret.png', '..%2f..%2fsecret.png', 'a/../../b.png', '/etc/passwd', 'C:\\secret.png']) {
      await assert.rejects(client.call('readRunArtifact', { runId, path }), { reason: 'invalid-input' }, path);
    }
    await assert.rejects(client.call('readRunArtifact', { runId, path: 'missing.png' }), { reason: 'not-found' });
    await assert.rejects(client.readArtifact(runId, 'missing.png'), { reason: 'not-found' });
  });
});
