import assert from 'node:assert/strict';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

/** A program of this machine that was told the address of the companion, for MLflow alone. */
describe('a path that a kernel asks of a shared server', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let server: Server;
  const seen: string[] = [];
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
    server = createServer((message, response) => {
      seen.push(message.url ?? '');
      response.setHeader('content-type', 'application/json').end(message.url === '/version' ? '3.17.2' : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await client.call('changeSettings', { trackingUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await home.close();
  });

  /** Sends the path as it is written: `fetch` would normalize it. */
  const ask = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(client.baseUrl);
      request({ hostname, port, path, headers: { authorization: `Bearer ${client.lock.token}` } }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      })
        .once('error', reject)
        .end();
    });

  it('reaches it when it is one of MLflow’s', async () => {
    for (const path of ['/api/2.0/mlflow/experiments/get?experiment_id=..%2f', '/ajax-api/3.0/mlflow/server-info', '/api/2.0/mlflow-artifacts/artifacts/1/a..b/%2e.txt/x', '//api/2.0/mlflow/runs/get']) {
      assert.equal(await ask(path), 200, path);
      assert.equal(seen.at(-1), path.replace('//', '/'));
    }
  });

  // The companion itself looks for changes of the server's experiments.
  it('does not when it leads elsewhere, and is refused as what it is', async () => {
    seen.length = 0;
    for (const path of [
      '/api/2.0/../../admin/secret',
      '/api/2.0/%2e%2e/%2E%2e/admin/secret',
      '/api/2.0/mlflow/../../../admin/secret',
      '/api/2.0/mlflow/%2e%2e/..%2f%2e%2e/admin/secret',
      '/api/2.0/mlflow/%252e%252e/%252e%252e/%252e%252e/admin',
      '/api/2.0/mlflow/..\\..\\..\\admin',
      '/api/2.0/mlflow-artifacts/artifacts/../../../../admin',
      '/api/2.0/mlflow-artifacts/artifacts/./x',
      '/api/9.0/mlflow/x',
      '/api/2.0/admin',
      '/graphql',
      '/api/2.0/mlflow/users/create',
      '/api/2.0/mlflow/experiments/permissions/create',
      '/admin/secret',
    ]) {
      const status = await ask(path);
      assert.ok((status >= 400 && status < 500) || status === 501, `${path}: ${status}`);
    }
    assert.deepEqual(seen.filter((path) => !/^\/(?:version|api\/2\.0\/mlflow\/experiments\/search)$/.test(path)), []);
  });

  it('that is no UTF-8 is refused on the own routes as well', async () => {
    assert.equal(await ask('/api/slipway/v1/runs/%ED%A0%80'), 400);
  });
});
