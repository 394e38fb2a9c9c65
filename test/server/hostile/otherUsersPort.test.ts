import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { createCompanionClient } from '../../../server/client/companionClient.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { foreignListener, listenersOf } from '../../../server/client/socketOwner.ts';
import type { CompanionLock } from '../../../server/contract/companion.ts';
import { lockFilePath } from '../../../server/platform/dataHome.ts';

const isLinux = process.platform === 'linux';
const nobody = 65534;

/** Answers everything as a companion of before there were proofs does, and says what it was sent. */
const squatter = `
process.setuid(${nobody});
const server = require('node:http').createServer((request, response) => {
  console.log(JSON.stringify([request.url, request.headers]));
  response.writeHead(200, { 'x-slipway-companion': String(process.pid), 'content-type': 'application/json' }).end('{}');
});
server.listen(0, process.argv[1], () => console.log('port ' + server.address().port));
`;

describe('a port that belongs to another user', { skip: !isLinux }, () => {
  const root = mkdtempSync(path.join(tmpdir(), 'slipway-port-'));
  let child: ChildProcess | undefined;
  let said = '';
  afterEach(() => child?.kill('SIGKILL'));
  after(() => rmSync(root, { recursive: true, force: true }));

  const squat = async (address = '127.0.0.1'): Promise<CompanionLock> => {
    const started = spawn(process.execPath, ['-e', squatter, address], { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
    child = started;
    said = '';
    const port = await new Promise<number>((resolve, reject) => {
      started.once('exit', () => reject(new Error('it ended')));
      started.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const found = /^port (\d+)$/m.exec(said)?.[1];
        if (found !== undefined) {
          resolve(Number(found));
        }
      });
    });
    return { pid: started.pid ?? 0, port, token: 't'.repeat(43), version: '0.1.0', startedAt: 1, proves: false };
  };

  it('is told by the lines of the system, as is one of ours', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    assert.deepEqual(listenersOf(readFileSync('/proc/net/tcp', 'utf8'), address.port), [process.getuid?.()]);
    assert.equal(await foreignListener(address.port), undefined);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(listenersOf(readFileSync('/proc/net/tcp', 'utf8'), address.port), []);
  });

  it('is the one that a connection to 127.0.0.1 reaches', () => {
    const line = (local: string, state: string, uid: number): string => `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 314186 1 00000000c719055e 100 0 0 10 0`;
    assert.deepEqual(listenersOf([line('00000000:1F90', '0A', 1), line('0100007F:1F90', '0A', 2)].join('\n'), 8080), [2]);
    assert.deepEqual(listenersOf([line('0100007F:1F90', '01', 1), line('0200007F:1F90', '0A', 1), line('0100007F:1F91', '0A', 1)].join('\n'), 8080), []);
    assert.deepEqual(listenersOf(line(`${'0'.repeat(32)}:1F90`, '0A', 3), 8080), [3]);
  });

  it('is told whatever address it listens at, also beside sockets of ours', { skip: process.getuid?.() !== 0 }, async () => {
    for (const address of ['127.0.0.1', '0.0.0.0', '::']) {
      const { port } = await squat(address);
      assert.equal(await foreignListener(port), nobody, address);
      child?.kill('SIGKILL');
    }
  });

  it('is sent no token, by a client that knew a companion there, and is not taken for one of before there were proofs', { skip: process.getuid?.() !== 0 }, async () => {
    const lock = await squat();
    const client = createCompanionClient(lock);
    const refused = (error: unknown): boolean => CallFailure.is(error, 'forbidden') && error.message.includes(`uid ${nobody}`) && error.remedy !== undefined;
    await assert.rejects(client.call('getStatus', {}), refused);
    await assert.rejects(client.readArtifact('run', 'file'), refused);
    await assert.rejects(client.events(AbortSignal.timeout(60_000)).next(), refused);
    writeFileSync(lockFilePath(root), JSON.stringify(lock));
    assert.equal(await discoverCompanion(root), undefined);
    assert.deepEqual(said.split('\n').filter((line) => line.startsWith('[')).map((line) => /^\["\/health/.test(line)), [true]);
    assert.ok(!said.includes(lock.token));
  });
});
