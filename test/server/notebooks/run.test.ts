import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { createCompanionClient } from '../../../server/client/companionClient.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { mask } from '../../../server/notebooks/secretValues.ts';
import { commandLine, testPython, type CommandLine } from '../../harness/commandLine.ts';

const accounts = `import pandas as pd
accounts = pd.DataFrame(zip(["ada", "bob"], [12, 40], [name[::-1] for name in ("evol", "terces")], [None, "k" + "1"]), columns=["user", "token_count", "password", "api_key"])
print(accounts)
print(accounts["password"])
display(accounts, accounts.T, accounts.set_index("api_key"))`;
const picture = `import base64
from IPython.display import Image
Image(base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="))`;

describe('a notebook that the command line runs', () => {
  let folder: string;
  let home: string;
  let slipway: CommandLine;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-notebook-'));
    home = path.join(folder, 'home');
    slipway = commandLine(home, { SLIPWAY_KERNEL_PYTHON: testPython });
  });
  after(async () => {
    await slipway.run(['stop']);
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves its metrics, its figures and itself with the captured run, and no secret', async () => {
    const notebook = path.join(folder, 'train.ipynb');
    const code = (id: string, source: string, tags: string[] = []): object => ({ id, cell_type: 'code', metadata: { tags }, source, outputs: [], execution_count: null });
    writeFileSync(
      notebook,
      JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
        cells: [
          { id: 'title', cell_type: 'markdown', metadata: {}, source: '# Train' },
          code('log', 'import slipway\nfor step in range(3):\n    slipway.log(loss=1 / (step + 1), step=step)'),
          code('metrics', '{"accuracy": 0.9, "classes": {"a": 1}}', ['metrics']),
          code('figure', picture),
          code('accounts', accounts),
          code('login', 'api_key = "hunter2"\nprint(f"https://me:{api_key}@host.example/")'),
        ],
      }),
    );
    const ended = await slipway.run(['run', notebook]);
    assert.equal(ended.code, 0, ended.stderr);
    const lock = await discoverCompanion(home);
    assert.ok(lock);
    const client = createCompanionClient(lock);
    const { runId } = await client.call('getNotebookResults', { notebook });
    assert.ok(runId);
    assert.deepEqual((await client.call('getRun', { runId })).metrics, { loss: 1 / 3, accuracy: 0.9, 'classes/a': 1 });
    const known = await client.call('getCapturedNotebook', { runId });
    assert.equal(known.complete, true);
    assert.deepEqual(known.cells.map(({ cellId, kind, executed }) => [cellId, kind, executed]), [
      ['title', 'markdown', false],
      ['log', 'code', true],
      ['metrics', 'code', true],
      ['figure', 'code', true],
      ['accounts', 'code', true],
      ['login', 'code', true],
    ]);
    assert.equal(known.cells[3]?.outputs.find(({ mime }) => mime === 'image/png')?.artifact, 'figures/cell-3-1.png');
    const shown = known.cells[4]?.outputs ?? [];
    assert.deepEqual(shown.map(({ mime }) => mime.replace(/.*\./, '')), ['stdout', ...Array.from({ length: 3 }, () => ['text/plain', 'text/html']).flat()]);
    for (const { mime, content } of shown) {
      assert.doesNotMatch(content, /love|secret|\bk1\b/, `${mime}\n${content}`);
      assert.match(content, /ada[\s\S]*12|12[\s\S]*ada/);
      assert.match(content, /token_count/);
    }
    assert.equal(known.cells[5]?.source.split('\n')[0], `api_key = "${mask}"`);
    assert.equal(known.cells[5]?.outputs[0]?.content.trim(), `https://me:${mask}@host.example/`);
  });

  it('takes a script as it takes a notebook: arguments, what it prints, its source, its environment and its exit code', async () => {
    const script = path.join(folder, 'train.py');
    const source = [
      'import argparse, os, sys',
      'import slipway',
      'seed = 7',
      'alpha = 0.1',
      'parser = argparse.ArgumentParser()',
      'parser.add_argument("--alpha", type=float, default=0.1)',
      'parser.add_argument("-p", "--password")',
      'parser.add_argument("--json", action="store_true")',
      'given = parser.parse_args()',
      'slipway.log(loss=0.5)',
      'print(f"accuracy {given.alpha:.4f}", bool(os.environ["MLFLOW_TRACKING_URI"]), sep="\\n")',
      'print("hm", file=sys.stderr)',
      'sys.exit(3 if given.json else 0)',
    ].join('\n');
    writeFileSync(script, source);
    const ended = await slipway.run(['run', '--python', testPython, script, '--alpha', '0.75', '-p', 'hunter2', '--json'], { cwd: folder });
    assert.equal(ended.code, 3, ended.stderr);
    assert.equal((await slipway.run(['run', '--python', testPython, script, '--alpha', '0.75', '-p', 'hunter2'], { cwd: folder })).code, 0);
    assert.equal(ended.stdout, 'accuracy 0.7500\nTrue\n');
    assert.match(ended.stderr, /^hm\n/);
    const lock = await discoverCompanion(home);
    assert.ok(lock);
    const client = createCompanionClient(lock);
    const { runId } = await client.call('getNotebookResults', { notebook: script });
    assert.ok(runId);
    const run = await client.call('getRun', { runId });
    assert.equal(run.status, 'FINISHED');
    assert.deepEqual(run.metrics, { loss: 0.5, accuracy: 0.75 });
    assert.deepEqual({ ...run.params, password: undefined }, { seed: '7', alpha: '0.75', json: 'False', password: undefined });
    assert.doesNotMatch(JSON.stringify(run), /hunter2/);
    const { cells, complete } = await client.call('getCapturedNotebook', { runId });
    assert.equal(complete, true);
    assert.deepEqual(cells.map(({ cellId, source: kept, executed }) => [cellId, kept, executed]), [['script', source, true]]);
    const { experiments } = await client.call('listExperiments', {});
    assert.equal(experiments.find(({ experimentId }) => experimentId === run.experimentId)?.name, 'train.py');
  });

  it('lets a script tidy up after Ctrl-C, and records what it said until then', async () => {
    const script = path.join(folder, 'long.py');
    writeFileSync(script, 'import sys, time\ntry:\n    print("ready", file=sys.stderr)\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print("tidied")\n    raise\n');
    const running = slipway.start(['--json', 'run', '--python', testPython, script]);
    await running.says(/ready/);
    running.process.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.stderr);
    const { captureRunId, exitCode } = z.object({ captureRunId: z.string(), exitCode: z.number() }).parse(JSON.parse(ended.stdout));
    assert.equal(exitCode, 130);
    const lock = await discoverCompanion(home);
    assert.ok(lock);
    const client = createCompanionClient(lock);
    assert.equal((await client.call('getRun', { runId: captureRunId })).status, 'KILLED');
    const { executions } = await client.call('getCapture', { runId: captureRunId });
    assert.equal(executions[0]?.outputs[0]?.content, 'tidied\n');
  });
});
