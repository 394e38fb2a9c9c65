import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { countProcessorTime } from '../../setup/processorTime.ts';
import { until } from '../../harness/until.ts';

/** Works until it has taken 0.3 s of a processor, writes its number, and goes on without work. */
const worker = `
while (process.cpuUsage().user + process.cpuUsage().system < 300_000);
require('node:fs').writeFileSync(process.argv[1] + '.part', String(process.pid));
require('node:fs').renameSync(process.argv[1] + '.part', process.argv[1]);
setInterval(() => undefined, 1000);`;
/** Starts the worker without a parent, and ends. */
const starter = `require('node:child_process').spawn(process.execPath, ['-e', process.argv[1], process.argv[2]], { detached: true, stdio: 'ignore' }).unref();`;

describe('the processor time of a part', { skip: process.platform !== 'linux' }, () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-'));
    file = path.join(folder, 'done');
  });
  afterEach(() => {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is that of all its processes, also of one that has lost its parent', async () => {
    const time = countProcessorTime(folder);
    spawn(process.execPath, ['-e', starter, worker, file], { env: { ...process.env, TMPDIR: folder }, stdio: 'ignore' });
    await until(() => existsSync(file));
    assert.ok((time.end() ?? 0) >= 0.28);
  });

  it("is not other processes'", async () => {
    const time = countProcessorTime(`${folder}-of another`);
    spawn(process.execPath, ['-e', worker, file], { stdio: 'ignore' });
    await until(() => existsSync(file));
    assert.equal(time.end(), 0);
  });
});
