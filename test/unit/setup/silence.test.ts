import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, afterEach, describe, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { nodeFiles } from '../../setup/parts.ts';
import { readProgress } from '../../setup/progress.ts';
import { runWatched, type Ended } from '../../setup/silence.ts';

const minute = 60_000;
const silenceMilliseconds = 10 * minute;

describe('the limit of a test file', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-silence-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  // The clock of the limit stands still but for `tick`; the programs are real and take the time that they take.
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: 0 });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  async function until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + 2 * minute;
    while (!condition()) {
      assert.ok(performance.now() < deadline, condition.toString());
      await sleep(20);
    }
  }

  function start(name: string, source: string): { part: ReturnType<typeof nodeFiles>; file: string; output: () => string; ended: Promise<Ended> } {
    const file = path.join(folder, name);
    writeFileSync(file, source);
    const part = nodeFiles(file, [file]);
    const { command, args } = part.start(process.env);
    let output = '';
    // A program that believes itself to be run by a test runner reports to it, not to us.
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT'));
    const ended = runWatched(command, args, {
      environment,
      silenceMilliseconds,
      ...(part.resultFile === undefined ? {} : { progressFile: part.resultFile }),
      show: (text) => {
        output += text;
      },
    });
    return { part, file, output: () => output, ended };
  }

  test('ends one that has reported nothing for so long, with what it started, and names the test that hangs', async () => {
    const { part, output, ended } = start(
      'hangs.test.ts',
      `import { spawn } from 'node:child_process';
       import { describe, test } from 'node:test';
       describe('a group', () => {
         test('passes', () => {});
         test('hangs', async () => {
           const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
           console.log('started', child.pid);
           await new Promise((resolve) => child.on('exit', resolve));
         });
       });`,
    );
    const progressFile = part.resultFile ?? '';
    await until(() => output().includes('started ') && readProgress(progressFile).running.includes('hangs'));
    mock.timers.tick(1000);
    const child = Number(/started (\d+)/.exec(output())?.[1]);
    assert.equal(isAlive(child), true);
    mock.timers.tick(silenceMilliseconds + 1000);
    const result = await ended;
    assert.equal(result.silent, true);
    assert.match(result.output, /started \d+/);
    const { counts, remark } = part.count(result);
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 });
    assert.match(remark ?? '', /no sign of life in "a group > hangs"/);
    await until(() => !isAlive(child));
  });

  test('counts from the last test that ended, also while the first one keeps the others from being shown', async () => {
    const next = (number: number): string => path.join(folder, `next-${number}`);
    const { part, ended } = start(
      'slow.test.ts',
      `import { existsSync } from 'node:fs';
       import { describe, test } from 'node:test';
       describe('side by side', { concurrency: true }, () => {
         for (const file of ${JSON.stringify([next(2), next(0), next(1)])}) {
           test(file, async () => {
             while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
           });
         }
       });`,
    );
    const progressFile = part.resultFile ?? '';
    await until(() => existsSync(progressFile) && readProgress(progressFile).running.includes(next(1)));
    mock.timers.tick(1000);
    for (const number of [0, 1, 2]) {
      mock.timers.tick(9 * minute);
      writeFileSync(next(number), '');
      await until(() => readProgress(progressFile).counts.passed === number + 1);
      mock.timers.tick(1000);
    }
    const result = await ended;
    assert.equal(result.silent, false);
    assert.deepEqual(part.count(result), { counts: { passed: 3, failed: 0, skipped: 0 } });
  });

  test('does not concern one that fails, or that has no test', async () => {
    const failing = start('fails.test.ts', "import { test } from 'node:test'; test('fails', () => { throw new Error('no'); }); test('passes', () => {});");
    const failed = await failing.ended;
    assert.equal(failed.silent, false);
    assert.deepEqual(failing.part.count(failed).counts, { passed: 1, failed: 1, skipped: 0 });

    const empty = start('empty.test.ts', '');
    assert.deepEqual(empty.part.count(await empty.ended), { counts: { passed: 0, failed: 1, skipped: 0 }, remark: 'has no test' });

    const broken = start('broken.test.ts', "import { test } from 'node:test'; test('starts', () => process.exit(3));");
    assert.match(broken.part.count(await broken.ended).remark ?? '', /ended with status 3/);
  });
});
