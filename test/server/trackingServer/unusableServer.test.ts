import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('a tracking server that cannot be used', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  let server: Server | undefined;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  after(() => home.close());

  const use = async (answer: Answer): Promise<string> => {
    const port = await freePort();
    server = createServer(answer);
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${port}`;
    await client.call('changeSettings', { trackingUri: url });
    return url;
  };
  const failure = async (): Promise<CallFailure> => {
    try {
      await client.call('listExperiments', {});
    } catch (error) {
      assert.ok(CallFailure.is(error));
      return error;
    }
    throw new Error('it was used');
  };
  /** A server behind a login. */
  const guarded = (accepted: string, seen: string[]): Answer => (request, response) => {
    if (request.url === '/version') {
      response.end('3.17.2');
      return;
    }
    seen.push(request.headers.authorization ?? '');
    response.writeHead(request.headers.authorization === accepted ? 200 : 401, { 'content-type': 'application/json' }).end('{}');
  };
  const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
  const filesBelow = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [path.join(entry.parentPath, entry.name)] : []));

  it('refuses a URL that holds a login, and keeps it nowhere', async () => {
    await assert.rejects(
      client.call('changeSettings', { trackingUri: 'https://ada:s3cr3t-in-url@mlflow.example.com' }),
      (error) => CallFailure.is(error, 'invalid-input') && error.field === 'trackingUri' && /must not hold a login/.test(error.message) && !error.message.includes('s3cr3t'),
    );
    await assert.rejects(client.call('changeSettings', { trackingUri: 'mlflow.example.com' }), (error) => CallFailure.is(error, 'invalid-input'));
    assert.equal((await client.call('getSettings', {})).trackingUri, '');
    assert.ok(!filesBelow(home.root).some((file) => readFileSync(file).includes('s3cr3t-in-url')));
  });

  it('says that a login is refused, presents it once, and uses the next one without keeping it', async () => {
    const seen: string[] = [];
    const url = await use(guarded(basic('ada:right-s3cr3t'), seen));
    const { reason, field, message, remedy } = await failure();
    assert.deepEqual([reason, field, message], ['forbidden', 'trackingUri', `${url} refuses the login.`]);
    assert.match(remedy ?? '', /slipway login/);
    const refused = await client.call('logIn', { uri: url, username: 'ada', password: 'wrong' });
    assert.deepEqual([refused.login, refused.problem?.reason], ['password', 'forbidden']);
    await failure();
    await failure();
    assert.deepEqual(seen, ['', basic('ada:wrong')]);
    const kernel = await fetch(`${client.baseUrl}/api/2.0/mlflow/experiments/search`, { headers: { authorization: `Bearer ${client.lock.token}` } });
    assert.equal(kernel.status, 403);

    const accepted = await client.call('logIn', { uri: url, username: 'ada', password: 'right-s3cr3t' });
    assert.deepEqual([accepted.problem, accepted.version], [undefined, '3.17.2']);
    assert.deepEqual(await client.call('listExperiments', {}), { experiments: [] });
    assert.ok(!filesBelow(home.root).some((file) => readFileSync(file).includes('right-s3cr3t')));
    assert.equal((await client.call('logIn', { uri: url })).login, 'none');
    assert.equal((await failure()).reason, 'forbidden');
  });

  it('passes a refusal of a right on, with the server’s own words', async () => {
    const url = await use((request, response) => {
      const words = { error_code: 'PERMISSION_DENIED', message: `Not in the workspace ${String(request.headers['x-mlflow-workspace'] ?? 'default')}.` };
      const isVersion = request.url === '/version';
      response.writeHead(isVersion ? 200 : 403, { 'content-type': 'application/json' }).end(isVersion ? '3.18.0' : JSON.stringify(words));
    });
    const { reason, message, remedy } = await failure();
    assert.deepEqual([reason, message], ['forbidden', `${url} does not permit this: Not in the workspace default.`]);
    assert.match(remedy ?? '', /slipway\.tracking\.workspace/);
    await client.call('changeSettings', { trackingWorkspace: 'team-a' });
    assert.equal((await failure()).message, `${url} does not permit this: Not in the workspace team-a.`);
    await client.call('changeSettings', { trackingWorkspace: '' });
    const login = { authorization: `Bearer ${client.lock.token}` };
    const answer = await fetch(`${client.baseUrl}/api/2.0/mlflow/runs/get?run_id=x`, { headers: { ...login, 'x-mlflow-workspace': 'team-b' } });
    assert.equal(answer.status, 403);
    assert.deepEqual(await answer.json(), { error_code: 'PERMISSION_DENIED', message: 'Not in the workspace team-b.' });
  });

  it('keeps the login of the command line for companions to come, unless it is refused, and nowhere but in the file of secrets', async () => {
    const seen: string[] = [];
    const url = await use(guarded(basic('ada:kept-s3cr3t'), seen));
    const file = path.join(home.root, 'secrets', 'secrets.json');
    await client.call('logIn', { uri: url, username: 'ada', password: 'wrong', keep: true });
    assert.ok(!existsSync(file));
    const accepted = await client.call('logIn', { uri: url, username: 'ada', password: 'kept-s3cr3t', keep: true });
    assert.equal(accepted.problem, undefined);
    await home.kill(client);
    client = await home.start();
    assert.deepEqual(await client.call('listExperiments', {}), { experiments: [] });
    assert.equal(seen.at(-1), basic('ada:kept-s3cr3t'));
    assert.deepEqual(filesBelow(home.root).filter((one) => readFileSync(one).includes('kept-s3cr3t')), [file]);
    await client.call('logIn', { uri: url });
    await home.kill(client);
    client = await home.start();
    assert.equal((await failure()).reason, 'forbidden');
    assert.deepEqual(filesBelow(home.root).filter((one) => readFileSync(one).includes('kept-s3cr3t')), []);
  });

  it('says that it is no MLflow server, or an old one, or the companion itself', async () => {
    await use((_request, response) => response.end('<html>a wiki</html>'));
    const wiki = await failure();
    assert.deepEqual([wiki.reason, /is not an MLflow tracking server/.test(wiki.message)], ['conflict', true]);
    server?.close();
    await use((_request, response) => response.end('2.9.2'));
    const old = await failure();
    assert.deepEqual([old.reason, /runs MLflow 2\.9\.2; Slipway needs 3\.0/.test(old.message)], ['conflict', true]);
    await client.call('changeSettings', { trackingUri: client.baseUrl });
    assert.deepEqual([(await failure()).reason, (await client.call('getTrackingServer', {})).problem?.reason], ['invalid-input', 'invalid-input']);
  });

  it('says that it does not answer, and what it answers when it fails', async () => {
    await client.call('changeSettings', { trackingUri: `http://127.0.0.1:${await freePort()}` });
    const away = await failure();
    assert.deepEqual([away.reason, away.field, /ECONNREFUSED/.test(away.message)], ['unavailable', 'trackingUri', true]);
    await use((request, response) => {
      response.writeHead(request.url === '/version' ? 200 : 500).end(request.url === '/version' ? '3.1.0' : 'no database');
    });
    assert.match((await failure()).message, /failed with 500: no database/);
  });
});
