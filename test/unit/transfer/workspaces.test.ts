import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { openSource } from '../../../server/transfer/openStore.ts';
import { createWorkspacesReader } from '../../../server/transfer/workspacesReader.ts';
import { passNothingOver } from '../../../server/mlflow/client/passedOver.ts';
import type { StoreReader } from '../../../server/mlflow/client/storeReader.ts';

/** A server with two workspaces that answers each for the experiments and models of its own. */
const answers = (url: string, workspace: string): object | undefined => {
  const { pathname, searchParams } = new URL(url, 'http://server');
  switch (pathname) {
    case '/api/3.0/mlflow/server-info':
      return { workspaces_enabled: true };
    case '/api/3.0/mlflow/workspaces':
      return { workspaces: [{ name: 'team-a' }, { name: 'default' }] };
    case '/api/2.0/mlflow/experiments/search':
      return { experiments: [{ experiment_id: workspace === 'default' ? '1' : '2', name: 'churn', lifecycle_stage: 'active' }] };
    case '/api/2.0/mlflow/runs/search':
      return { runs: [{ info: { run_id: `run of ${workspace}`, experiment_id: '1', status: 'FINISHED' } }] };
    case '/api/2.0/mlflow/registered-models/search':
      return { registered_models: [{ name: 'churn' }] };
    case '/api/2.0/mlflow/registered-models/get':
      return searchParams.get('name') === 'churn' ? { registered_model: { name: 'churn' } } : undefined;
    case '/api/2.0/mlflow/model-versions/search':
      return { model_versions: [{ name: 'churn', version: '1', source: 'models:/base/2' }] };
    case '/api/2.0/mlflow/model-versions/get-download-uri':
      return { artifact_uri: `mlflow-artifacts:/workspaces/${workspace}/1` };
    default:
      return undefined;
  }
};

const server = createServer((request, response) => {
  const found = answers(request.url ?? '', String(request.headers['x-mlflow-workspace'] ?? 'default'));
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? {}));
});

describe('the workspaces of a server', () => {
  let source: StoreReader;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address !== 'string');
    source = await openSource(`http://127.0.0.1:${address.port}`, { credentials: undefined, artifacts: undefined, signal: new AbortController().signal, home: '/none', follow: false, passOver: passNothingOver });
  });
  after(() => {
    source.close();
    server.close();
  });

  it('are all read, under names that tell them apart', async () => {
    const found: string[] = [];
    for await (const { id, name } of source.experiments()) {
      for await (const run of source.runs(id)) {
        found.push(`${name}: ${run.id}`);
      }
    }
    assert.deepEqual(found, ['churn: run of default', 'team-a/churn: run of team-a']);
    const models: string[][] = [];
    for await (const { name, versions } of source.registeredModels()) {
      models.push([name, ...versions.flatMap(({ source: from, location }) => [from, location])]);
    }
    assert.deepEqual(models, [
      ['churn', 'models:/base/2', 'mlflow-artifacts:/workspaces/default/1'],
      ['team-a.churn', 'models:/team-a.base/2', 'mlflow-artifacts:/workspaces/team-a/1'],
    ]);
    assert.equal((await source.registeredModel('team-a.churn'))?.name, 'team-a.churn');
    assert.match(source.notes().join('\n'), /^Names of the workspace team-a begin with that of the workspace/);
  });

  it('are refused where a name would stand for two things', async () => {
    const named = (name: string): StoreReader => ({ ...source, experiments: () => [{ id: name, name, stage: 'active', createdAt: 0, updatedAt: 0, tags: new Map() }] });
    const both = createWorkspacesReader(new Map([['team-a', named('churn')], ['default', named('team-a/churn')]]));
    await assert.rejects(
      async () => {
        for await (const { name } of both.experiments()) {
          assert.equal(name, 'team-a/churn');
        }
      },
      { reason: 'conflict', message: 'Two experiments of different workspaces would both be called "team-a/churn".' },
    );
  });
});
