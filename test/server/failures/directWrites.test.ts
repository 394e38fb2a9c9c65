import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { openContent } from '../../../server/platform/files/contentFile.ts';
import { systemErrorCode } from '../../../server/platform/errors.ts';

const megabyte = 1 << 20;
/** Past the first 32 MB, with an end that is no whole block. */
const bytes = 36 * megabyte + 777;

/** A file system that has no `O_DIRECT` at all, or why there is none. */
function mountRamfs(): { readonly root: string } | string {
  const root = mkdtempSync(path.join(tmpdir(), 'slipway-ramfs-'));
  const mounted = spawnSync('mount', ['-t', 'ramfs', 'ramfs', root], { encoding: 'utf8' });
  if (mounted.status === 0) {
    return { root };
  }
  rmSync(root, { recursive: true });
  return `a ramfs cannot be mounted: ${mounted.error?.message ?? mounted.stderr.trim()}`;
}

/** The code of the error that a write past the page cache ends with at once; undefined where there is none. */
async function refusal(folder: string, buffer: Buffer): Promise<string | undefined> {
  const file = path.join(folder, 'probe');
  await (await open(file, 'w')).close();
  try {
    const direct = await open(file, constants.O_WRONLY | constants.O_DIRECT);
    await direct.write(buffer, 0, megabyte, 0).finally(() => direct.close());
    return undefined;
  } catch (error) {
    return systemErrorCode(error);
  } finally {
    rmSync(file);
  }
}

async function writeAndRead(folder: string, buffer: Buffer): Promise<void> {
  const file = path.join(folder, 'large');
  const written = createHash('sha256');
  const out = await openContent(file, 'write');
  for (let at = 0; at < bytes; at += megabyte) {
    const length = Math.min(megabyte, bytes - at);
    buffer.fill(at / megabyte + 1, 0, length);
    written.update(buffer.subarray(0, length));
    await out.write(buffer, length, at);
  }
  await out.sync();
  await out.close();
  const digest = written.digest('hex');
  assert.equal(createHash('sha256').update(readFileSync(file)).digest('hex'), digest);

  const read = createHash('sha256');
  const again = await openContent(file, 'read');
  for (let at = 0; at < bytes; at += megabyte) {
    const length = Math.min(megabyte, bytes - at);
    assert.equal(await again.read(buffer, length, at), length);
    read.update(buffer.subarray(0, length));
  }
  await again.close();
  assert.equal(read.digest('hex'), digest);
}

describe('a large artifact where the page cache cannot be passed', { skip: process.platform === 'linux' ? false : 'only Linux has O_DIRECT' }, () => {
  const ramfs = mountRamfs();
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-direct-'));
  after(() => {
    rmSync(folder, { recursive: true });
    if (typeof ramfs !== 'string') {
      spawnSync('umount', ['--lazy', ramfs.root]);
      rmSync(ramfs.root, { recursive: true, force: true });
    }
  });

  it('is whole on a file system that refuses to open the file so', { skip: typeof ramfs === 'string' ? ramfs : false }, async () => {
    assert.ok(typeof ramfs !== 'string');
    const buffer = Buffer.alloc(megabyte);
    assert.equal(await refusal(ramfs.root, buffer), 'EINVAL');
    await writeAndRead(ramfs.root, buffer);
  });

  it('is whole on one that opens it and refuses to write and to read', async (test) => {
    // Disks want memory that begins at a block: this one begins beside.
    const buffer = Buffer.alloc(megabyte + 1).subarray(1);
    if ((await refusal(folder, buffer)) !== 'EINVAL') {
      test.skip('this file system takes any memory');
      return;
    }
    await writeAndRead(folder, buffer);
  });
});
