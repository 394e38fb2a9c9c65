import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { openChunks } from '../../../server/deployments/batches/chunks.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'slipway-chunks-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The chunks of a file of this text, from a place in it, and the digest that was made of what was read. */
async function read(text: string, { name = 'rows.csv', bytes = 8, from = 0 } = {}): Promise<{ bodies: string[]; ends: number[]; digest: string }> {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  const { size, mtimeMs } = statSync(file);
  const reading = await openChunks({ path: file, bytes: size, modified: mtimeMs }, from, bytes);
  const bodies: string[] = [];
  const ends: number[] = [];
  for await (const { body, end } of reading.chunks()) {
    bodies.push(body.toString());
    ends.push(end);
  }
  await reading.close();
  return { bodies, ends, digest: reading.digest() };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('chunks of a file', () => {
  it('hold whole records, whatever is quoted, and give all of them together', async () => {
    const names = '"a\n,",b\n';
    const records = ['1,"x\ny"\n', '2,z"\n', '3,"q""\n"\r\n', '"",\n', '4,""', '"\n5'];
    const whole = names + records.join('');
    for (let bytes = 1; bytes <= whole.length; bytes += 1) {
      const { bodies, ends, digest } = await read(whole, { bytes });
      assert.ok(bodies.every((body) => body.startsWith(names)));
      const given = bodies.map((body) => body.slice(names.length));
      assert.equal(given.join(''), records.join(''), `${bytes} bytes`);
      assert.equal(digest, sha256(whole));
      // Nothing is cut but behind a record.
      const places = records.slice(0, 4).reduce<number[]>((found, record) => [...found, (found.at(-1) ?? names.length) + record.length], []);
      assert.ok(ends.slice(0, -1).every((end) => places.includes(end)), `${bytes} bytes: ${ends.join()}`);
    }
  });

  it('go on from the end of one, with the digest of the whole file', async () => {
    const whole = '\uFEFFa,b\n1,2\n3,4\n5,6\n';
    const { bodies, ends } = await read(whole, { bytes: 4 });
    assert.deepEqual(bodies, ['a,b\n1,2\n', 'a,b\n3,4\n', 'a,b\n5,6\n']);
    const rest = await read(whole, { bytes: 4, from: ends[1] ?? 0 });
    assert.deepEqual([rest.bodies, rest.digest], [['a,b\n5,6\n'], sha256(whole)]);
  });

  it('are lines of JSON Lines, quotes or not, and none of a file that is empty', async () => {
    assert.deepEqual((await read('{"a":1}\n{"b":2}\n[3]', { name: 'rows.jsonl' })).bodies, ['{"a":1}\n', '{"b":2}\n', '[3]']);
    assert.deepEqual((await read('', { name: 'none.jsonl' })).bodies, []);
    await assert.rejects(read('', { name: 'none.csv' }), /has no line of names/);
    assert.deepEqual((await read('a,b', { name: 'names.csv' })).bodies, []);
  });
});
