import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

/** A line break becomes code in a cell, an escape acts in a terminal, a mark of direction turns what stands behind it. */
const acting = ["churn\nimport os; os.system('id')\n#", 'churn\r', 'churn\t1', '\u001b]52;c;aGk=\u0007churn', 'churn\u0000', 'churn\u0085', 'churn\u2028x', 'churn\u202egnp.exe'];

describe('a name with control characters', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
  });
  after(() => home.close());

  const send = (method: string, path: string, body: BodyInit): Promise<Response> =>
    fetch(`${client.baseUrl}${path}`, { method, body, headers: { authorization: `Bearer ${client.lock.token}`, 'content-type': 'application/json' } });
  const mlflow = async (call: string, body: object, method = 'POST'): Promise<unknown> => {
    const response = await send(method, `/api/2.0/mlflow/${call}`, JSON.stringify(body));
    const answer: unknown = await response.json();
    assert.equal(response.status, 200, `${call}: ${JSON.stringify(answer)}`);
    return answer;
  };

  it('is refused at every door by which names come in', async () => {
    const { experiment_id: experimentId } = (await mlflow('experiments/create', { name: 'good' })) as { experiment_id: string };
    const { run } = (await mlflow('runs/create', { experiment_id: experimentId, run_name: 'ünïcode 名前 ✓' })) as { run: { info: { run_id: string } } };
    const runId = run.info.run_id;
    await mlflow('registered-models/create', { name: 'churn' });
    await mlflow('model-versions/create', { name: 'churn', source: 's3://bucket/model' });
    for (const name of acting) {
      const doors: [call: string, body: object, method?: string][] = [
        ['experiments/create', { name }],
        ['experiments/update', { experiment_id: experimentId, new_name: name }],
        ['runs/create', { experiment_id: experimentId, run_name: name }],
        ['runs/create', { experiment_id: experimentId, tags: [{ key: 'mlflow.runName', value: name }] }],
        ['runs/update', { run_id: runId, run_name: name }],
        ['runs/set-tag', { run_id: runId, key: 'mlflow.runName', value: name }],
        ['runs/set-tag', { run_id: runId, key: name, value: 'x' }],
        ['runs/log-parameter', { run_id: runId, key: name, value: '1' }],
        ['runs/log-metric', { run_id: runId, key: name, value: 1, timestamp: 1 }],
        ['runs/log-batch', { run_id: runId, tags: [{ key: 'mlflow.runName', value: name }] }],
        ['logged-models', { experiment_id: experimentId, name }],
        ['registered-models/create', { name }],
        ['registered-models/rename', { name: 'churn', new_name: name }],
        ['registered-models/alias', { name: 'churn', alias: name, version: '1' }],
        ['registered-models/set-tag', { name: 'churn', key: name, value: 'x' }],
      ];
      for (const [call, body, method = 'POST'] of doors) {
        const response = await send(method, `/api/2.0/mlflow/${call}`, JSON.stringify(body));
        assert.equal(response.status, 400, `${call} ${JSON.stringify(body)}`);
        assert.equal(((await response.json()) as { error_code: string }).error_code, 'INVALID_PARAMETER_VALUE');
      }
      const artifact = await send('PUT', `/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${runId}/artifacts/${encodeURIComponent(name)}.txt`, 'x');
      assert.equal(artifact.status, name.includes('\u2028') || name.includes('\u202e') ? 200 : 400, `the artifact ${JSON.stringify(name)}`);
    }
  });

  it('leaves nothing behind', async () => {
    assert.deepEqual((await client.call('listExperiments', {})).experiments.map(({ name }) => name).sort(), ['Default', 'good']);
    assert.deepEqual((await client.call('listModels', {})).models.map(({ name }) => name), ['churn']);
  });
});
