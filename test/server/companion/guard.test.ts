import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { apiPrefix } from '../../../server/contract/route.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

describe('the companion refuses', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
  });
  after(() => home.close());

  /** A raw request: fetch does not let a caller set Host or Origin. */
  const statusOf = (path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: client.lock.port, path, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .once('error', reject)
        .end();
    });

  const bearer = (): Record<string, string> => ({ authorization: `Bearer ${client.lock.token}` });
  const basic = (password: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(`anyone:${password}`).toString('base64')}` });
  const paths = [`${apiPrefix}/status`, `${apiPrefix}/events`, '/api/2.0/mlflow/experiments/search?max_results=1', '/version', '/nothing'];

  it('a missing or wrong token on every route but /health', async () => {
    assert.equal(await statusOf('/health', {}), 200);
    for (const path of paths) {
      assert.equal(await statusOf(path, {}), 401, path);
      assert.equal(await statusOf(path, { authorization: 'Bearer wrong' }), 401, path);
      assert.equal(await statusOf(path, basic('wrong')), 401, path);
      assert.equal(await statusOf(path, { authorization: client.lock.token }), 401, path);
    }
  });

  it('who scrapes /metrics without the scrape token, and lets that token open nothing else', async () => {
    const { scrapeTokenFile } = describeHome(home.root);
    const scraping = { authorization: `Bearer ${readFileSync(scrapeTokenFile, 'utf8').trim()}` };
    assert.equal(statSync(scrapeTokenFile).mode & 0o777, 0o600);
    for (const headers of [{}, bearer(), { authorization: 'Bearer ' }, { authorization: 'Bearer wrong' }]) {
      assert.equal(await statusOf('/metrics', headers), 401, JSON.stringify(headers));
    }
    assert.equal(await statusOf('/metrics', { ...scraping, host: 'example.com' }), 403);
    for (const path of paths) {
      assert.equal(await statusOf(path, scraping), 401, path);
    }
    const answer = await fetch(`${client.baseUrl}/metrics`, { headers: scraping });
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/plain; version=0.0.4; charset=utf-8']);
    assert.match(await answer.text(), /^slipway_companion_info\{version="[\d.]+"\} 1$/m);
  });

  it('a foreign Host, as DNS rebinding would send it', async () => {
    for (const host of ['example.com', `evil.example:${client.lock.port}`, '127.0.0.1.evil.example']) {
      assert.equal(await statusOf(`${apiPrefix}/status`, { ...bearer(), host }), 403, host);
    }
  });

  it('a foreign Origin, as a web page would send it', async () => {
    for (const origin of ['https://example.com', 'null', 'http://127.0.0.1:1', `https://127.0.0.1:${client.lock.port}`]) {
      assert.equal(await statusOf(`${apiPrefix}/status`, { ...bearer(), origin }), 403, origin);
    }
  });

  it('neither a browser that opens a link of mlflow’s at its root, which gets a page without data, nor what is below', async () => {
    const answer = await fetch(`${client.baseUrl}/`);
    assert.equal(answer.status, 200);
    const page = await answer.text();
    const nonce = /<script nonce="([\w-]{32})">/.exec(page)?.[1] ?? 'none';
    assert.equal(
      answer.headers.get('content-security-policy'),
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    assert.deepEqual(['x-frame-options', 'cache-control', 'referrer-policy'].map((name) => answer.headers.get(name)), ['DENY', 'no-store', 'no-referrer']);
    for (const known of [client.lock.token, home.root]) {
      assert.ok(!page.includes(known), known);
    }
    // Another nonce for each.
    assert.ok(!(await (await fetch(`${client.baseUrl}/`)).text()).includes(nonce));
    assert.equal(await statusOf('/', { host: 'evil.example' }), 403);
    assert.equal(await statusOf('/', { origin: 'https://example.com' }), 403);
    for (const path of ['/index.html', '/static/x', '/%2e%2e/x']) {
      assert.equal(await statusOf(path, {}), 401, path);
    }
    assert.equal((await fetch(`${client.baseUrl}/`, { method: 'POST' })).status, 401);
  });

  it('nothing of its own clients', async () => {
    const own = { ...bearer(), host: `127.0.0.1:${client.lock.port}` };
    assert.equal(await statusOf(`${apiPrefix}/status`, own), 200);
    assert.equal(await statusOf(`${apiPrefix}/status`, { ...own, host: `localhost:${client.lock.port}` }), 200);
    assert.equal(await statusOf(`${apiPrefix}/status`, { ...own, origin: `http://127.0.0.1:${client.lock.port}` }), 200);
    assert.equal(await statusOf(`${apiPrefix}/status`, basic(client.lock.token)), 200);
  });

  it('input that does not fit, naming the field', async () => {
    const answer = await fetch(`${client.baseUrl}${apiPrefix}/runs?limit=many`, { headers: bearer() });
    assert.equal(answer.status, 400);
    const body = JSON.stringify(await answer.json());
    assert.match(body, /"field":"limit"/);
  });
});
