import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { parquetWriteFile } from 'hyparquet-writer';
import { isPlaced, openOutput, placeOutput, type BatchPosition } from '../../../server/deployments/batches/batchOutput.ts';
import { openParquetChunks, writeParquet } from '../../../server/deployments/batches/parquetThread.ts';
import { jsonOf } from '../../../server/deployments/batches/parquetValues.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'slipway-parquet-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function read(file: string, from: number, bytes: number): Promise<{ bodies: string[]; ends: number[] }> {
  const { size, mtimeMs } = statSync(file);
  const reading = openParquetChunks({ path: file, bytes: size, modified: mtimeMs }, from, bytes);
  const [bodies, ends]: [string[], number[]] = [[], []];
  for await (const { body, end } of reading.chunks()) {
    bodies.push(body.toString());
    ends.push(end);
  }
  await reading.close();
  return { bodies, ends };
}

describe('Parquet', () => {
  it('gives each row once from any row on, whatever groups and pieces are', async () => {
    const file = path.join(folder, 'rows.parquet');
    const ids = Array.from({ length: 10 }, (_, index) => index);
    parquetWriteFile({ filename: file, columnData: [{ name: 'id', data: ids, type: 'INT32' }, { name: 'text', data: ids.map((id) => `"${id}`), type: 'STRING' }], rowGroupSize: 3 });
    const lines = ids.map((id) => `${JSON.stringify({ id, text: `"${id}` })}\n`);
    for (const from of [0, 2, 3, 9, 10]) {
      const { bodies, ends } = await read(file, from, 40);
      assert.equal(bodies.join(''), lines.slice(from).join(''), `from ${from}`);
      assert.ok(from === 10 || ends.at(-1) === statSync(file).size);
      assert.ok(bodies.every((body) => body.split('\n').length <= 4));
    }
  });

  it('has JSON for what JSON has no word for', () => {
    assert.equal(
      jsonOf({ big: 2n ** 60n + 1n, none: undefined, nan: Number.NaN, end: Number.NEGATIVE_INFINITY, bytes: new Uint8Array([255, 0]), list: [1n, null, 'ü'], floats: new Float32Array([0.5]) }),
      '{"big":1152921504606846977,"none":null,"nan":null,"end":"-Infinity","bytes":"/wA=","list":[1,null,"ü"],"floats":[0.5]}',
    );
  });

  it('is written with the one type that holds all values of a column', async () => {
    const [lines, file] = [path.join(folder, 'lines'), path.join(folder, 'typed.parquet')];
    writeFileSync(lines, '{"whole":9007199254740993,"real":1.0,"mixed":1,"late":null,"flag":true,"deep":{"x":[1]}}\n{"whole":-1,"real":2,"mixed":"ü","flag":null,"deep":null,"more":1}\n');
    await writeParquet({ lines, file, columns: ['flag', 'whole'], lineage: '{"batch":"b"}' });
    const buffer = await asyncBufferFromFile(file);
    const { schema, key_value_metadata: metadata } = await parquetMetadataAsync(buffer);
    assert.deepEqual(
      schema.slice(1).map(({ name, type, converted_type: converted }) => [name, type, converted]),
      [['flag', 'BOOLEAN', undefined], ['whole', 'INT64', undefined], ['real', 'DOUBLE', undefined], ['mixed', 'BYTE_ARRAY', 'UTF8'], ['late', 'BYTE_ARRAY', 'UTF8'], ['deep', 'BYTE_ARRAY', 'JSON'], ['more', 'INT64', undefined]],
    );
    assert.deepEqual(metadata, [{ key: 'slipway', value: '{"batch":"b"}' }]);
    assert.deepEqual(await parquetReadObjects({ file: buffer }), [
      { flag: true, whole: 9007199254740993n, real: 1, mixed: '1', late: null, deep: { x: [1] }, more: null },
      { flag: null, whole: -1n, real: 2, mixed: 'ü', late: null, deep: null, more: 1n },
    ]);
  });

  it('comes to its place whole, also where the process ended between making it and putting it there', async () => {
    const order = { out: path.join(folder, 'placed.parquet'), id: 'b1', overwrite: false };
    const empty: BatchPosition = { release: 'a'.repeat(64), file: 0, offset: 0, fileRows: 0, done: [], rows: 0, scored: 0, rejected: 0, columns: null, firstReason: null, outputBytes: 0, rejectedBytes: 0 };
    const output = await openOutput(order.out, order.id, empty);
    await output.append(Buffer.from('{"p":1}\n'), Buffer.alloc(0));
    await output.commit({ ...empty, file: 1, rows: 1, scored: 1, columns: ['p'] });
    await output.close();
    const lineage = JSON.stringify({ batch: order.id });
    // The lineage cannot be written: a folder has its name.
    const blocked = path.join(folder, 'placed.parquet.lineage.json.tmp', 'x');
    mkdirSync(blocked, { recursive: true });
    await assert.rejects(placeOutput(order, output.position, lineage));
    assert.deepEqual([existsSync(order.out), isPlaced(order.out, order.id)], [false, false]);
    rmSync(path.dirname(blocked), { recursive: true });
    await placeOutput(order, output.position, lineage);
    assert.equal(isPlaced(order.out, order.id), true);
    assert.deepEqual(await parquetReadObjects({ file: await asyncBufferFromFile(order.out) }), [{ p: 1n }]);
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('.')), []);
    assert.equal(readFileSync(`${order.out}.lineage.json`, 'utf8'), lineage);
  });
});
