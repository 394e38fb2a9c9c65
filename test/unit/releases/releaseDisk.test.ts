import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bytesOf, bytesThatStay, type Links } from '../../../server/releases/releaseDisk.ts';

describe('what removing environments frees', () => {
  let folder: string;
  const at = (...names: string[]): string => path.join(folder, ...names);
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-disk-'));
    for (const name of ['cache', 'one', 'two']) {
      mkdirSync(at(name));
    }
    writeFileSync(at('cache', 'shared.so'), Buffer.alloc(1000));
    linkSync(at('cache', 'shared.so'), at('one', 'shared.so'));
    linkSync(at('cache', 'shared.so'), at('two', 'shared.so'));
    writeFileSync(at('one', 'own.py'), Buffer.alloc(10));
    writeFileSync(at('two', 'pair.py'), Buffer.alloc(200));
    linkSync(at('two', 'pair.py'), at('one', 'pair.py'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is not the files that the cache or another environment has too', async () => {
    const links: Links = new Map();
    assert.equal(await bytesOf(at('one'), links), 10);
    assert.equal(bytesThatStay(links), 1200);
  });

  it('is the files whose last links go, each once', async () => {
    const links: Links = new Map();
    assert.deepEqual([await bytesOf(at('one'), links), await bytesOf(at('two'), links)], [10, 200]);
    assert.equal(bytesThatStay(links), 1000);
    assert.equal(await bytesOf(folder), 1210);
  });

  it('is nothing where nothing lies', async () => {
    assert.equal(await bytesOf(at('nowhere')), 0);
  });
});
