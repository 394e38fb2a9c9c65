import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { useFile, useFiles, type BlobStore, type LocalFile } from '../../../server/artifacts/blobs.ts';
import { createDiskBlobs } from '../../../server/artifacts/disk/diskBlobs.ts';
import { blobPath } from '../../../server/artifacts/disk/layout.ts';
import { Problem } from '../../../server/platform/errors.ts';

const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex');
const absent = hashOf('never stored');
const isAbsent = (error: unknown): boolean => Problem.is(error, 'not-found');

describe('a store of contents on disk', () => {
  let folder: string;
  let blobs: BlobStore;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-blobs-'));
    blobs = createDiskBlobs(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  // oxlint-disable-next-line typescript/require-await
  async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      yield Buffer.from(part);
    }
  }

  it('keeps a content by its digest, and gives it whole or in part', async () => {
    const { sha256, bytes } = await blobs.put(chunks('a model', ' of churn'));
    assert.deepEqual({ sha256, bytes }, { sha256: hashOf('a model of churn'), bytes: 16 });
    assert.equal(await text(await blobs.open(sha256)), 'a model of churn');
    assert.equal(await text(await blobs.open(sha256, { start: 2, end: 6 })), 'model');
    assert.deepEqual([await blobs.has(sha256), await blobs.stat(sha256)], [true, { bytes: 16 }]);
  });

  it('gives a content as the file that it is, without a copy, and keeps it when it is released', async () => {
    const { sha256 } = await blobs.put(chunks('weights'));
    const file = await blobs.materialize(sha256);
    assert.equal(statSync(file.path).ino, statSync(blobPath(folder, sha256)).ino);
    assert.equal(await readFile(file.path, 'utf8'), 'weights');
    await file.release();
    assert.equal(await blobs.has(sha256), true);
  });

  it('refuses what it does not have before anything is read', async () => {
    await assert.rejects(blobs.open(absent), isAbsent);
    await assert.rejects(blobs.materialize(absent), isAbsent);
    assert.deepEqual([await blobs.has(absent), await blobs.stat(absent)], [false, undefined]);
  });
});

describe('using contents as files', () => {
  const released: string[] = [];
  const file = (name: string): Promise<LocalFile> =>
    Promise.resolve({
      path: name,
      release() {
        released.push(name);
        return Promise.resolve();
      },
    });

  it('releases each, also when the use fails or another content is not there', async () => {
    assert.equal(await useFile(file('a'), (name) => Promise.resolve(`${name} was read`)), 'a was read');
    await assert.rejects(useFiles(new Map([['one', file('b')], ['other', file('c')]]), () => Promise.reject(new Error('the check failed'))), /the check failed/);
    await assert.rejects(useFiles(new Map([['one', Promise.reject(new Problem('not-found', 'gone'))], ['other', file('d')]]), () => Promise.resolve()), isAbsent);
    assert.deepEqual(released, ['a', 'b', 'c', 'd']);
  });
});
