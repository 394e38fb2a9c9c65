import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { run as runSchema } from '../../../server/contract/tracking.ts';
import { commandLine, testPython, type CommandLine, type Ended } from '../../harness/commandLine.ts';

describe('a notebook that cannot be executed to its end', () => {
  let folder: string;
  let slipway: CommandLine;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-notebook-'));
    slipway = commandLine(path.join(folder, 'home'), { SLIPWAY_KERNEL_PYTHON: testPython });
  });
  after(async () => {
    await slipway.run(['stop']);
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (name: string, ...cells: readonly string[]): string => {
    const file = path.join(folder, name);
    const notebook = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
      cells: cells.map((source, index) => ({ id: `cell-${index}`, cell_type: 'code', metadata: {}, source, outputs: [], execution_count: null })),
    };
    writeFileSync(file, JSON.stringify(notebook));
    return file;
  };
  const runs = async (): Promise<z.infer<typeof runSchema>[]> => {
    const { value } = await slipway.json(['runs']);
    return z.object({ runs: z.array(runSchema) }).parse(value).runs;
  };
  /** One message and one line with a remedy, no stack, nothing on standard output. */
  const saysOnce = ({ stdout, stderr }: Ended, message: RegExp, remedy: RegExp): void => {
    assert.equal(stdout, '');
    const lines = stderr.trimEnd().split('\n').filter((line) => !/^cell \d/.test(line));
    assert.equal(lines.length, 2, stderr);
    assert.match(lines[0] ?? '', message);
    assert.match(lines[1] ?? '', remedy);
  };

  it('is refused with 3 when there is none, and with 2 when it is broken, and leaves no run', async () => {
    const absent = await slipway.run(['run', path.join(folder, 'absent.ipynb')]);
    assert.deepEqual([absent.code, absent.stdout], [3, '']);
    assert.match(absent.stderr, /^error There is no notebook .*absent\.ipynb\.\n$/);
    const file = path.join(folder, 'broken.ipynb');
    writeFileSync(file, '{"cells": [');
    const broken = await slipway.run(['run', file]);
    assert.equal(broken.code, 2, broken.stderr);
    saysOnce(broken, /^error broken\.ipynb is not a valid notebook: /, /editor/);
    assert.deepEqual(await runs(), []);
  });

  it('is refused with 3 when its kernel is not installed, and names those that are', async () => {
    const ended = await slipway.run(['run', write('kernel.ipynb', '1'), '--kernel', 'julia-9.9']);
    assert.equal(ended.code, 3, ended.stderr);
    saysOnce(ended, /^error There is no kernel named julia-9\.9\. Installed are: .*python3/, /--kernel/);
    assert.deepEqual(await runs(), []);
  });

  it('is refused with 5 when Python is missing or lacks nbclient', async () => {
    const file = write('python.ipynb', '1');
    const missing = await slipway.run(['run', file, '--python', './no/such/python']);
    assert.equal(missing.code, 5);
    saysOnce(missing, /no\/such\/python cannot be run/, /--python/);
    // Python without its installed packages.
    const bare = path.join(folder, 'bare-python');
    writeFileSync(bare, `#!/bin/sh\nexec "${testPython}" -S "$@"\n`, { mode: 0o755 });
    const lacking = await slipway.run(['run', file, '--python', bare]);
    assert.equal(lacking.code, 5, lacking.stderr);
    saysOnce(lacking, /lacks nbclient/, /Install nbclient and ipykernel/);
    assert.deepEqual(await runs(), []);
  });

  it('ends with 1 at a cell that fails; what ran before and the error itself are kept', async () => {
    const file = write('fails.ipynb', 'import mlflow\nwith mlflow.start_run(run_name="logged"):\n    mlflow.log_metric("auc", 0.8)', 'raise ValueError("no such customer")', 'print("never")');
    const ended = await slipway.run(['run', file]);
    assert.equal(ended.code, 1, ended.stderr);
    saysOnce(ended, /^error .*ValueError: no such customer/, /captured run holds/);
    assert.deepEqual((await runs()).map(({ name, status, source }) => [source, status, source === 'logged' ? name : '']).sort(), [
      ['capture', 'FAILED', ''],
      ['logged', 'FINISHED', 'logged'],
    ]);
  });

  it('ends with 130 at Ctrl-C in the middle of a cell; the cells before it are kept and no kernel stays', async () => {
    const marker = path.join(folder, 'started');
    const file = write('long.ipynb', 'first = 1', `import os, time\nopen(${JSON.stringify(marker)}, "w").write(str(os.getpid()))\ntime.sleep(600)`);
    const running = slipway.start(['run', file]);
    await running.says(/cell 1 +ok/);
    const kernel = Number(await contentOf(marker));
    running.process.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, /Cancelling[\s\S]*error Cancelled\.\n.*captured run holds/);
    const [captured] = (await runs()).filter(({ cell, source, status }) => cell === undefined && source === 'capture' && status === 'KILLED');
    assert.ok(captured !== undefined);
    assert.throws(() => process.kill(kernel, 0), { code: 'ESRCH' });
  });
});

/** What is in a file as soon as there is something. */
async function contentOf(file: string): Promise<string> {
  for (;;) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text !== '') {
        return text;
      }
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
