import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { companionHeader, discoverCompanion } from '../../../server/client/discover.ts';
import { newNonce, proofHeader } from '../../../server/platform/http/proof.ts';
import { until } from '../../harness/until.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

describe('a program that waits on the port of a companion that is gone', () => {
  let home: TestCompanionHome;
  let gone: CompanionClient;
  /** An answer of the companion that the other program has seen. */
  let seen: string;
  let server: Server | undefined;
  const headers: string[] = [];
  const asked: string[] = [];
  before(async () => {
    home = openCompanionHome();
    gone = await home.start();
    const answer = await fetch(`${gone.baseUrl}/health?nonce=${newNonce()}`);
    seen = answer.headers.get(proofHeader) ?? '';
    assert.match(seen, /^[\w-]{43}$/);
    await home.kill(gone);
  });
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    server = undefined;
  });
  after(() => home.close());

  const wait = async (proof: string | undefined): Promise<void> => {
    const squatter = createServer((request, response) => {
      headers.push(JSON.stringify(request.headers));
      asked.push(request.url ?? '');
      response.writeHead(200, { [companionHeader]: String(gone.lock.pid), ...(proof === undefined ? {} : { [proofHeader]: proof }) }).end('OK');
    });
    server = squatter;
    // The threads of a process that was killed may end a moment after it.
    await until(() => new Promise<boolean>((resolve) => squatter.once('error', () => resolve(false)).listen(gone.lock.port, '127.0.0.1', () => resolve(true))));
  };

  it('is not taken for it, with its process id, a proof that was seen or one of another length', async () => {
    for (const proof of [undefined, seen, '', 'x', `${seen}${seen}`]) {
      await wait(proof);
      assert.equal(await discoverCompanion(home.root), undefined);
      server?.closeAllConnections();
      await new Promise((resolve) => server?.close(resolve));
    }
  });

  it('gets no token when a companion is started beside it', async () => {
    await wait(seen);
    const fresh = await home.start({ port: 0 });
    assert.notEqual(fresh.lock.port, gone.lock.port);
    assert.equal((await fresh.call('getStatus', {})).pid, fresh.lock.pid);
    assert.ok(headers.length >= 6);
    assert.equal(new Set(asked).size, asked.length, 'no question is asked twice: an answer to it could be kept');
    assert.ok(headers.every((sent) => !sent.includes(gone.lock.token) && !sent.includes('authorization')));
  });

  it('learns nothing from questions that are not of the kind', async () => {
    const client = await home.start();
    for (const nonce of ['', 'a', 'a'.repeat(5000), `${newNonce()}%0a`, `${newNonce()}&nonce=${newNonce()}`]) {
      assert.equal((await fetch(`${client.baseUrl}/health?nonce=${nonce}`)).headers.get(proofHeader), null);
    }
  });
});
