import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CompanionClient } from '../../../server/client/companionClient.ts';
import { killUnderLoad } from '../../harness/durability/killUnderLoad.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

/** `npm run test:durability` does it a hundred times. */
const kills = 3;
const clients = 8;
const meanMilliseconds = 500;

describe('what a companion acknowledged', () => {
  let home: TestCompanionHome;
  before(() => {
    home = openCompanionHome();
  });
  after(() => home.close());

  it('is there after it was killed in the middle of a load from many clients', async () => {
    const { lost, acknowledged } = await killUnderLoad({ kills, clients, meanMilliseconds });
    assert.deepEqual(lost.slice(0, 20), []);
    assert.ok(acknowledged > clients * kills, `only ${acknowledged} calls were acknowledged`);
  });

  it('is a whole artifact, and of those that were on their way nothing', async () => {
    const companion = await home.start();
    const artifact = ({ lock }: CompanionClient, name: string, body?: Uint8Array<ArrayBuffer>): Promise<Response> =>
      fetch(`http://127.0.0.1:${lock.port}/api/2.0/mlflow-artifacts/artifacts/0/durable/${name}`, {
        headers: { authorization: `Bearer ${lock.token}` },
        ...(body === undefined ? {} : { method: 'PUT', body }),
      });
    const contents = [1000, (33 << 20) + 5, 48 << 20].map((bytes) => new Uint8Array(randomBytes(bytes)));
    let killed = false;
    const acknowledged = new Set<number>();
    const sending = contents.map(async (content, index) => {
      // One is always on its way.
      for (let count = 0; !killed; count += 1) {
        const name = index === contents.length - 1 ? `${index}-${count}` : String(index);
        const answer = await artifact(companion, name, content).catch(() => undefined);
        if (answer?.status === 200 && index < contents.length - 1) {
          acknowledged.add(index);
          return;
        }
      }
    });
    while (acknowledged.size < contents.length - 1) {
      await pause(5);
    }
    killed = true;
    await home.kill(companion);
    await Promise.all(sending);

    const next = await home.start();
    for (const index of acknowledged) {
      const answer = await artifact(next, String(index));
      const digest = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
      assert.equal(digest(new Uint8Array(await answer.arrayBuffer())), digest(contents[index] ?? new Uint8Array()));
    }
    const left = await readdir(path.join(home.root, 'blobs', 'incoming'));
    assert.deepEqual(left, []);
  });
});
