import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { readFile, traceFile } from '../../../server/lineage/dataFile.ts';

describe('a data file of before', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-data-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('is the same by its content alone', async () => {
    const file = write('rows.csv', 'a\n1\n');
    const now = await readFile(file);
    assert.ok(now !== undefined);
    const reference = { path: file, sha256: now.sha256, bytes: now.bytes, modifiedAt: 1 };
    assert.equal((await traceFile(reference)).state, 'same');
    write('rows.csv', 'a\n2\n');
    utimesSync(file, 0, 0.001);
    assert.equal((await traceFile(reference)).state, 'changed');
    rmSync(file);
    assert.equal((await traceFile(reference)).state, 'gone');
    assert.equal((await traceFile({ ...reference, path: folder })).state, 'gone');
  });

  it('stands for the one that git-lfs keeps', async () => {
    const oid = 'ab'.repeat(32);
    const file = write('pointer.csv', `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12345\n`);
    assert.deepEqual(await readFile(file), { path: file, sha256: oid, bytes: 12345, isPointer: true });
    assert.equal((await readFile(write('like.csv', `version https://git-lfs.github.com/spec/v1\noid sha256:short\nsize 1\n`)))?.isPointer, false);
  });

  it('is found behind a link, and nowhere else', async () => {
    const file = write('real.csv', 'a\n');
    symlinkSync(file, path.join(folder, 'link.csv'));
    assert.equal((await readFile(path.join(folder, 'link.csv')))?.path, file);
    assert.deepEqual([await readFile(folder), await readFile(path.join(folder, 'none.csv'))], [undefined, undefined]);
  });
});
