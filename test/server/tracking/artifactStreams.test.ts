import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

/** Several buffers, and a part of one. */
const bytes = 5 * (1 << 20) + 12_345;

describe('large artifacts', () => {
  let home: TestCompanionHome;
  let client: CompanionClient;
  before(async () => {
    home = openCompanionHome();
    client = await home.start();
  });
  after(() => home.close());

  const request = (name: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${client.lock.port}/api/2.0/mlflow-artifacts/artifacts/0/streams/${name}`, {
      ...init,
      headers: { authorization: `Bearer ${client.lock.token}`, ...init.headers },
    });
  const read = async (name: string, headers?: Record<string, string>): Promise<Buffer> =>
    Buffer.from(await (await request(name, headers === undefined ? {} : { headers })).arrayBuffer());
  const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

  it('come back as they were sent when many are sent and read at once', async () => {
    const contents = Array.from({ length: 8 }, (_, index) => randomBytes(bytes + index));
    await Promise.all(contents.map(async (content, index) => assert.equal((await request(`${index}.bin`, { method: 'PUT', body: new Uint8Array(content) })).status, 200)));
    await Promise.all(
      contents.map(async (content, index) => {
        const answer = await request(`${index}.bin`);
        assert.equal(answer.headers.get('etag'), `"${digest(content)}"`);
        assert.equal(digest(Buffer.from(await answer.arrayBuffer())), digest(content));
      }),
    );
    const [first = Buffer.alloc(0)] = contents;
    const border = 1 << 20;
    assert.deepEqual(await read('0.bin', { range: `bytes=${border - 5}-${2 * border + 5}` }), first.subarray(border - 5, 2 * border + 6));
    await request('empty.bin', { method: 'PUT', body: '' });
    assert.equal((await read('empty.bin')).length, 0);
  });

  it('wait for readers that take their time', async () => {
    const content = randomBytes(40 << 20);
    await request('slow.bin', { method: 'PUT', body: new Uint8Array(content) });
    const answers = await Promise.all([request('slow.bin'), request('slow.bin')]);
    // Long enough that what the sockets hold is not all of it.
    await pause(300);
    for (const answer of answers) {
      assert.equal(digest(Buffer.from(await answer.arrayBuffer())), digest(content));
    }
  });

  it('are read in parts where they are kept past the page cache', async () => {
    const content = randomBytes((40 << 20) + 777);
    await request('parts.bin', { method: 'PUT', body: new Uint8Array(content) });
    const border = 32 << 20;
    for (const [first, last] of [
      [border - 5, border + 5],
      [border + 123, border + (3 << 20) + 4567],
      [border + 4096, border + 4096],
      [content.length - 778, content.length - 1],
    ] as const) {
      assert.deepEqual(await read('parts.bin', { range: `bytes=${first}-${last}` }), content.subarray(first, last + 1));
    }
    assert.equal(digest(await read('parts.bin')), digest(content));
  });

  it('are no burden when their readers go away', async () => {
    for (let count = 0; count < 20; count += 1) {
      const leaving = new AbortController();
      const answer = await request('1.bin', { signal: leaving.signal });
      leaving.abort();
      await assert.rejects(answer.arrayBuffer(), { name: 'AbortError' });
    }
    const answer = await request('1.bin');
    assert.equal(`"${digest(Buffer.from(await answer.arrayBuffer()))}"`, answer.headers.get('etag'));
  });
});
