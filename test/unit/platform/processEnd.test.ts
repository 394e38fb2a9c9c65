import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { until } from '../../../server/platform/time/poll.ts';

/** The system call by which one thread ends, and not the process. */
const exitOfThread = process.arch === 'arm64' ? 93 : 60;

const firstThreadEnds = `
import ctypes, sys, threading
threading.Thread(target=sys.stdin.read).start()
print("begun", flush=True)
ctypes.CDLL(None).syscall(${exitOfThread}, 0)
`;

describe('a process', () => {
  it('is alive until its last thread has ended: until then it has its locks', { skip: !existsSync('/proc/self/stat') }, async (context) => {
    const child = spawn('python3', ['-c', firstThreadEnds], { stdio: ['pipe', 'pipe', 'ignore'] });
    context.after(() => child.kill('SIGKILL'));
    const pid = child.pid ?? assert.fail('it started');
    await once(child.stdout, 'data');
    await until(60_000, () => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), { every: 5 });
    assert.match(readFileSync(`/proc/${pid}/stat`, 'utf8'), / Z /);
    assert.equal(isAlive(pid), true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isAlive(pid), false);
  });
});
