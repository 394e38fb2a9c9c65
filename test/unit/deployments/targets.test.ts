import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { demultiplex } from '../../../server/deployments/targets/docker/containerLog.ts';
import { lastLines } from '../../../server/deployments/targets/lastLines.ts';
import { commandLine, processIdentity } from '../../../server/deployments/targets/process/processIdentity.ts';
import { backoffMilliseconds, pauseAfterFailure } from '../../../server/deployments/replicas/watch.ts';

describe('the identity of a process', () => {
  it('stays the same while it runs and is gone when it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'a mark'], { stdio: 'ignore' });
    const pid = child.pid ?? assert.fail();
    const identity = await processIdentity(pid);
    assert.ok(identity !== undefined);
    assert.equal(await processIdentity(pid), identity);
    assert.match(await commandLine(pid), /a mark/);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    assert.equal(await processIdentity(pid), undefined);
  });

  it('differs between processes', async () => {
    assert.notEqual(await processIdentity(process.pid), await processIdentity(process.ppid));
  });
});

describe('the last lines of a log', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-lines-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are read from the end of the file', async () => {
    const file = path.join(folder, 'long.log');
    writeFileSync(file, Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`).join(''));
    assert.deepEqual(await lastLines(file, 2), ['line 99998', 'line 99999']);
  });

  it('hold what was written of a line that is not finished', async () => {
    const file = path.join(folder, 'open.log');
    writeFileSync(file, 'one\ntwo');
    assert.deepEqual(await lastLines(file, 5), ['one', 'two']);
  });

  it('are none without a file', async () => {
    assert.deepEqual(await lastLines(path.join(folder, 'none.log'), 5), []);
  });
});

describe('the log of a container', () => {
  it('is the text of its frames in order', () => {
    const frame = (stream: number, text: string): Buffer => {
      const header = Buffer.alloc(8);
      header[0] = stream;
      header.writeUInt32BE(Buffer.byteLength(text), 4);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    assert.equal(demultiplex(Buffer.concat([frame(1, 'out\n'), frame(2, 'é\n'), frame(1, '')])), 'out\né\n');
  });
});

describe('the pause before a crashed replica is started again', () => {
  it('doubles up to its longest', () => {
    assert.deepEqual([0, 1, 2, 10, 1000].map((restarts) => backoffMilliseconds(restarts, [250, 30_000])), [250, 500, 1000, 30_000, 30_000]);
    const timing = { recovered: 60_000, backoff: [250, 30_000] as const };
    assert.deepEqual(pauseAfterFailure({ readyAt: 0, restarts: 3 }, 60_001, timing), { milliseconds: 0, recovered: true });
    assert.deepEqual([0, undefined].map((readyAt) => pauseAfterFailure({ readyAt, restarts: 3 }, 60_000, timing).milliseconds), [2000, 2000]);
  });
});
