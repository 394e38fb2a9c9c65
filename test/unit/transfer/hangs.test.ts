import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { PassedOver } from '../../../server/mlflow/client/passedOver.ts';
import { readPieces } from '../../../server/transfer/bounds/regularFile.ts';
import type { TransferWorkerData } from '../../../server/transfer/threadMessages.ts';
import { createTransferThreads } from '../../../server/transfer/transferThreads.ts';

const data: TransferWorkerData = {
  home: '', database: '', blobs: '', id: '', direction: 'import', location: '', artifacts: undefined, follow: false, verify: 'digests', credentials: undefined, pythons: [], user: '',
};
const listener = { event: (): void => undefined, progress: (): void => undefined };

describe('a drive that does not answer', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-hangs-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  /** A thread that hangs in a call of the system, as one does on a drive that is gone: opening a pipe that nobody writes to. */
  const hang = (name: string): { pipe: string; script: string } => {
    const pipe = path.join(folder, name);
    execFileSync('mkfifo', [pipe]);
    const script = `${pipe}.mjs`;
    writeFileSync(script, `import { openSync } from 'node:fs'; import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ type: 'event', event: {} }); openSync(${JSON.stringify(pipe)}, 'r');`);
    return { pipe, script };
  };

  it('keeps no import from being cancelled, nor the companion from its end', async () => {
    const { pipe, script } = hang('pipe');
    const workers: Worker[] = [];
    const threads = createTransferThreads({
      patience: 50,
      launch() {
        const worker = new Worker(script);
        workers.push(worker);
        return worker;
      },
    });
    const stop = new AbortController();
    const before = process.listeners('exit');
    await assert.rejects(threads.carry(data, stop.signal, { ...listener, event: () => stop.abort() }), /does not answer; it was given up/);
    await threads.close();
    const added = process.listeners('exit').filter((one) => !before.includes(one));
    assert.equal(added.length, 1, 'the end of the process does not wait for it');
    added.forEach((one) => process.off('exit', one));
    // Whoever opens the other end lets the thread go.
    const gone = Promise.all(workers.map((worker) => once(worker, 'exit')));
    closeSync(openSync(pipe, constants.O_WRONLY));
    await gone;
  });

  it('ends a process whose thread hangs', async () => {
    const { script } = hang('other');
    const main = path.join(folder, 'main.mjs');
    const threadsModule = new URL('../../../server/transfer/transferThreads.ts', import.meta.url).href;
    writeFileSync(
      main,
      `import { Worker } from 'node:worker_threads';
       import { createTransferThreads } from ${JSON.stringify(threadsModule)};
       const threads = createTransferThreads({ patience: 50, launch: () => new Worker(${JSON.stringify(script)}) });
       const stop = new AbortController();
       threads.carry(${JSON.stringify(data)}, stop.signal, { event: () => stop.abort(), progress() {} }).catch(async () => {
         await threads.close();
         process.exit(0);
       });`,
    );
    const [code, signal] = (await once(spawn(process.execPath, [main], { stdio: 'inherit' }), 'exit')) as [number | null, string | null];
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
  });

  it('is waited for until the deadline of a read, also while it opens a file', async () => {
    const never = new Promise<never>(() => undefined);
    const closed: string[] = [];
    const close = (): Promise<void> => {
      closed.push('closed');
      return Promise.resolve();
    };
    const hangs = readPieces(Promise.resolve({ read: () => never, close }), 20);
    await assert.rejects(hangs.next(), (error) => error instanceof PassedOver && error.message === 'it does not answer for 0.02 seconds');
    assert.deepEqual(closed, ['closed']);
    await assert.rejects(readPieces(never, 20).next(), PassedOver);
  });
});
