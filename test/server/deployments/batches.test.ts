import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { batch, batchSchedule, isOpen, type Batch } from '../../../server/contract/batches.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { until } from '../../harness/until.ts';
import { python } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

const run = promisify(execFile);
const parquetScript = fileURLToPath(new URL('parquet_files.py', import.meta.url));

describe('a batch', () => {
  let home: PreparedHome;
  let slipway: CommandLine;
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-batches-'));
  const at = (...names: string[]): string => path.join(folder, ...names);
  before(async () => {
    home = await openPreparedHome();
    await home.start();
    slipway = commandLine(home.root);
    const source = 'def checked(rows):\n    if (rows["a"] > 100).any():\n        raise ValueError("a is too large")\n    return rows\n';
    const serving = { method: 'both' as const, threshold: 0.3, before: { file: 'steps.py', name: 'checked', source } };
    const rollout = await home.deploy({ name: 'scored', model: 'rule', version: home.versions.steady, serving });
    assert.equal(rollout.state, 'succeeded', rollout.message);
  });
  after(async () => {
    await home.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const score = async (...args: string[]): Promise<{ code: number | null; scored: Batch }> => {
    const { code, value } = await slipway.json(['score', ...args], { cwd: folder });
    assert.ok(batch.safeParse(value).success, JSON.stringify(value));
    return { code, scored: batch.parse(value) };
  };
  /** @param least rows that it must not fall back behind */
  const ended = async (id: string, least = 0): Promise<Batch> => {
    let seen = await home.client().call('getBatch', { id });
    await until(async () => {
      seen = await home.client().call('getBatch', { id });
      assert.ok(seen.rows >= least, `${seen.rows} of ${least} rows are left`);
      return !isOpen(seen);
    });
    return seen;
  };

  it('has the answers of the endpoint in the order of the rows, the rejected ones beside them, and says what it was made from', async () => {
    mkdirSync(at('days', 'more'), { recursive: true });
    const first = 'a,b,id,note\n0,0,007,"one,\ntwo"\nlow,0,8,\n-5,0,9,"a ""b"""\n';
    const second = 'id,b,a\r\n10,1,200\r\n11,1,5\r\n';
    writeFileSync(at('days', '1.csv'), first);
    writeFileSync(at('days', 'more', '2.csv'), second);
    writeFileSync(at('days', 'notes.txt'), 'not scored');
    const { code, scored } = await score('days/**/*.csv', '--endpoint', 'scored', '--out', 'out.csv', '--keep', 'id');
    assert.equal(code, 0, scored.message);
    assert.deepEqual([scored.state, scored.rows, scored.scored, scored.rejected, scored.bytes], ['succeeded', 5, 3, 2, scored.totalBytes]);
    assert.deepEqual(scored.files, [at('days', '1.csv'), at('days', 'more', '2.csv')]);
    const lines = readFileSync(at('out.csv'), 'utf8').trimEnd().split('\n');
    assert.equal(lines[0], 'id,label,probability');
    assert.deepEqual(lines.slice(1).map((line) => line.split(',').slice(0, 2)), [['007', '1'], ['9', '0'], ['11', '1']]);
    assert.match(lines[1] ?? '', /^007,1,"\{""0"":0\.5,""1"":0\.5\}"$/);
    assert.equal(scored.rejectedOut, at('out.rejected.csv'));
    const rejected = readFileSync(at('out.rejected.csv'), 'utf8').trimEnd().split('\n');
    assert.equal(rejected[0], 'file,row,column,value,reason');
    assert.ok(rejected[1]?.startsWith(`${at('days', '1.csv')},2,a,low,`), rejected[1]);
    assert.equal(rejected[2], `${at('days', 'more', '2.csv')},1,,,The model raised FunctionFailed: steps.py:checked raised ValueError: a is too large`);
    const lineage: unknown = JSON.parse(readFileSync(at('out.csv.lineage.json'), 'utf8'));
    const { liveRelease } = await home.endpoint('scored');
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    assert.partialDeepStrictEqual(lineage, {
      batch: scored.id,
      endpoint: 'scored',
      release: liveRelease,
      model: { name: 'rule', version: home.versions.steady },
      serving: { threshold: 0.3, method: 'both' },
      inputs: [
        { path: at('days', '1.csv'), sha256: sha256(first), rows: 3 },
        { path: at('days', 'more', '2.csv'), sha256: sha256(second), rows: 2 },
      ],
      output: { rows: 3, columns: ['id', 'label', 'probability'] },
      rejected: 2,
    });
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('.')), []);
  });

  it('goes on after a kill of the companion where it was: each row is there once', async () => {
    const rows = 40_000;
    const every = 97;
    // Several blocks of 4 MiB.
    const padding = 'x'.repeat(430);
    writeFileSync(at('many.csv'), `id,a,b,note\n${Array.from({ length: rows }, (_, index) => `${index},${index % every === 0 ? 'bad' : index % 2 === 0 ? 1 : -1},0,${padding}\n`).join('')}`);
    const started = await home.client().call('startModelBatch', { model: 'rule', version: home.versions.slow, inputs: [at('many.csv')], out: at('many.out.csv'), keep: ['id'] });
    let before = 0;
    await until(async () => {
      before = (await home.client().call('getBatch', { id: started.id })).rows;
      return before > 0;
    });
    await home.kill();
    const part = readdirSync(folder).find((name) => name.endsWith('.part')) ?? assert.fail();
    // As if the disk had more than was said to count.
    writeFileSync(at(part), Buffer.concat([readFileSync(at(part)), Buffer.from('torn')]));
    await home.start();
    const done = await ended(started.id, before);
    assert.equal(done.state, 'succeeded', done.message);
    const bad = Math.ceil(rows / every);
    assert.deepEqual([done.rows, done.scored, done.rejected], [rows, rows - bad, bad]);
    const wanted = Array.from({ length: rows }, (_, index) => (index % every === 0 ? '' : `${index},${index % 2 === 0 ? 1 : 0}\n`)).join('');
    assert.ok(readFileSync(at('many.out.csv'), 'utf8') === `id,predictions\n${wanted}`);
    const rejected = readFileSync(at('many.out.rejected.csv'), 'utf8').trimEnd().split('\n').slice(1);
    assert.deepEqual(rejected.map((line) => line.split(',')[1]), Array.from({ length: bad }, (_, index) => String(index * every + 1)));
    const actions = (await home.client().call('listAudit', { limit: 20 })).entries.map(({ action }) => action);
    assert.deepEqual([actions.includes('batch.requested'), actions.includes('batch.scored')], [true, true]);
  });

  it('reads Parquet and writes it, with what every column is, from all files of a folder', async () => {
    const { stdout } = await run(python, [parquetScript, 'write', at('tables')]);
    const { rows } = z.object({ rows: z.number() }).parse(JSON.parse(stdout));
    const { code, scored } = await score('tables', '--endpoint', 'scored', '--out', 'tables.parquet', '--keep', 'id', 'at', 'note');
    assert.equal(code, 0, scored.message);
    assert.deepEqual([scored.rows, scored.scored, scored.rejected, scored.bytes], [rows, rows - 1, 1, scored.totalBytes]);
    const read: unknown = JSON.parse((await run(python, [parquetScript, 'read', at('tables.parquet')])).stdout);
    assert.partialDeepStrictEqual(read, {
      // What a row says is what the library that wrote it says.
      types: { id: 'int64', at: 'string', note: 'string', label: 'int64' },
      first: { id: 2 ** 53 + 1, at: '2026-01-02T03:04:05.678901', note: 'ü', label: 1 },
      rows: rows - 1,
      lineage: { batch: scored.id, rejected: 1, inputs: [{ path: at('tables', '1.parquet') }, { path: at('tables', '2.parquet') }] },
    });
    const beside = z.object({ inputs: z.array(z.object({ sha256: z.string() })) }).parse(JSON.parse(readFileSync(at('tables.parquet.lineage.json'), 'utf8')));
    assert.deepEqual(beside.inputs.map(({ sha256 }) => sha256), ['1.parquet', '2.parquet'].map((name) => createHash('sha256').update(readFileSync(at('tables', name))).digest('hex')));
    assert.match(readFileSync(at('tables.rejected.csv'), 'utf8'), /2\.parquet,3,,,The model raised/);
    writeFileSync(at('torn.parquet'), readFileSync(at('tables', '1.parquet')).subarray(0, 300));
    const torn = await score('torn.parquet', '--endpoint', 'scored', '--out', 'torn.csv');
    assert.deepEqual([torn.code, torn.scored.state], [1, 'failed']);
    assert.match(torn.scored.message, /torn\.parquet cannot be read as Parquet/);
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('.')), []);
  });

  it('leaves nothing when it is cancelled but the rows that were rejected by then, and no replica', async () => {
    const started = await home.client().call('startModelBatch', { model: 'rule', version: home.versions.slow, inputs: [at('many.csv')], out: at('never.jsonl'), keep: 'all' });
    await until(async () => (await home.client().call('getBatch', { id: started.id })).rows > 0);
    const { code } = await slipway.json(['batches', started.id, '--cancel']);
    assert.equal(code, 0);
    const cancelled = await ended(started.id);
    assert.equal(cancelled.state, 'cancelled');
    assert.equal(cancelled.rejectedOut, at(`never.${started.id}.rejected.csv`));
    assert.deepEqual(readdirSync(folder).filter((name) => name.includes('never')), [path.basename(cancelled.rejectedOut ?? '')]);
    const rejected = readFileSync(cancelled.rejectedOut ?? '', 'utf8').trimEnd().split('\n');
    assert.equal(rejected.length, cancelled.rejected + 1);
    assert.ok(rejected[1]?.startsWith(`${at('many.csv')},1,a,bad,`), rejected[1]);
    // Ending the replica takes a moment longer.
    await until(() => !readdirSync(path.join(home.root, 'replicas')).some((name) => name.startsWith('b') && name.endsWith('.key')));
  });

  it('is begun again and again by a schedule that survives a restart, until it is removed', async () => {
    const schedule = async (...args: string[]): Promise<unknown> => (await slipway.json(args, { cwd: folder })).value;
    const added = batchSchedule.parse(await schedule('score', 'days', '--endpoint', 'scored', '--out', 'day-{time}.csv', '--every', '0 3 * * *', '--time-zone', 'Europe/Berlin'));
    assert.ok((added.nextAt ?? 0) > Date.now());
    const { code, stderr } = await slipway.run(['score', 'days', '--endpoint', 'scored', '--out', 'day.csv', '--every', '0 3 * * *'], { cwd: folder });
    assert.deepEqual([code === 0, /each time would write/.test(stderr)], [false, true]);
    assert.equal(batchSchedule.parse(await schedule('schedules', added.id, '--pause')).paused, true);
    await home.kill();
    await home.start();
    const { schedules } = await home.client().call('listBatchSchedules', { endpoint: 'scored' });
    assert.deepEqual(schedules.map(({ id, paused, inputs }) => [id, paused, inputs]), [[added.id, true, [at('days')]]]);
    assert.equal(batchSchedule.parse(await schedule('schedules', added.id, '--resume')).nextAt, added.nextAt);
    await schedule('schedules', added.id, '--remove');
    assert.deepEqual((await home.client().call('listBatchSchedules', {})).schedules, []);
  });

  it('fails with the reason where no row can be scored, and is refused at the door for files that are none', async () => {
    writeFileSync(at('wrong.csv'), 'x,y\n1,2\n');
    const { code, scored } = await score('wrong.csv', '--endpoint', 'scored', '--out', 'wrong.out.csv');
    assert.deepEqual([code, scored.state], [1, 'failed']);
    assert.match(scored.message, /The file has no column a, b, which the model takes; it has x, y/);
    assert.equal(existsSync(at('wrong.out.csv')), false);
    const refused = async (change: Partial<{ inputs: string[]; out: string; keep: 'all' }>, field: string, message: RegExp): Promise<void> => {
      const asked = home.client().call('startBatch', { name: 'scored', inputs: [at('wrong.csv')], out: at('new.csv'), ...change });
      await assert.rejects(asked, (error) => CallFailure.is(error) && error.field === field && message.test(error.message));
    };
    writeFileSync(at('rows.jsonl'), '{"a": 1, "b": 2}\n');
    await refused({ inputs: ['wrong.csv'] }, 'inputs', /no whole path/);
    await refused({ inputs: [at('absent.csv')] }, 'inputs', /cannot be read: ENOENT/);
    await refused({ inputs: [at('days', '*.parquet')] }, 'inputs', /names no file/);
    await refused({ inputs: [path.join(home.root, 'token')] }, 'inputs', /the ending/);
    await refused({ inputs: [at('wrong.csv'), at('rows.jsonl')] }, 'inputs', /several formats/);
    await refused({ inputs: [at('rows.jsonl')], keep: 'all' }, 'keep', /cannot repeat all/);
    await refused({ out: at('out.csv') }, 'out', /is there already/);
    await refused({ out: at('wrong.csv') }, 'out', /one of the files/);
    await refused({ out: at('absent', 'new.csv') }, 'out', /there is no folder/);
    await refused({ out: path.join(home.root, 'new.csv') }, 'out', /data home/);
    assert.equal(statSync(at('out.csv')).isFile(), true);
  });
});
