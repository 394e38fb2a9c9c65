import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { openDatabase } from '../../../../server/platform/database/database.ts';
import { createJobs } from '../../../../server/platform/jobs/jobs.ts';
import { silentLog } from '../../../../server/platform/log.ts';

const payload = z.object({ word: z.string() });
const retry = { firstMilliseconds: 10, mostMilliseconds: 10 };
const program = fileURLToPath(new URL('runnerProcess.ts', import.meta.url));

describe('jobs of a process that was killed', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-jobs-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs until `enough` says so of a line that it printed or of the diary, and kills it. Returns what it printed. */
  const runUntil = async (database: string, diary: string, mode: string, enough: (printed: readonly string[], diary: string) => boolean): Promise<string[]> => {
    if (!existsSync(diary)) {
      writeFileSync(diary, '');
    }
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, database, diary, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
    const printed: string[] = [];
    const watcher = watch(diary);
    const exit = once(child, 'exit');
    const look = (): void => {
      if (enough(printed, readFileSync(diary, 'utf8'))) {
        child.kill('SIGKILL');
      }
    };
    watcher.on('change', look);
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed.push(line);
      look();
    });
    look();
    const [code] = z.tuple([z.number().nullable(), z.string().nullable()]).parse(await exit);
    watcher.close();
    assert.equal(code, null, 'it was killed and did not end by itself');
    return printed;
  };

  it('that was running is run once more, and those behind it after it', async () => {
    const file = path.join(folder, 'running.db');
    const diary = path.join(folder, 'running.txt');
    const database = openDatabase(file);
    const queue = createJobs({ database, log: silentLog }).register({ kind: 'written', payload, retry, run: () => Promise.resolve() });
    const ids = ['first', 'second'].map((word) => queue.add({ key: 'one', payload: { word } }));

    await runUntil(file, diary, 'stay', (_printed, text) => text.includes('begin'));
    assert.deepEqual(queue.open().map(({ id, state }) => [id, state]), [[ids[0], 'running'], [ids[1], 'waiting']]);
    await runUntil(file, diary, 'work', (printed) => printed.includes('idle'));

    const [one, two] = ids;
    assert.equal(readFileSync(diary, 'utf8'), `begin ${one} first\nbegin ${one} first\nend ${one} first\nbegin ${two} second\nend ${two} second\n`);
    assert.deepEqual(queue.open(), []);
    assert.deepEqual(queue.ended().map(({ id, state, attempts }) => [id, state, attempts]), [[two, 'done', 1], [one, 'done', 2]]);
    database.close();
  });

  it('that were acknowledged are there and are done', async () => {
    const file = path.join(folder, 'added.db');
    const diary = path.join(folder, 'added.txt');
    openDatabase(file).close();
    const printed = await runUntil(file, diary, 'add', (lines) => lines.length >= 200);
    await runUntil(file, diary, 'work', (lines) => lines.includes('idle'));
    const done = new Set(readFileSync(diary, 'utf8').match(/(?<=end )\d+/g));
    assert.deepEqual(printed.filter((id) => !done.has(id)), []);
  });
});
