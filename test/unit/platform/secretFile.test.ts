import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Problem } from '../../../server/platform/errors.ts';
import { createSecretFile } from '../../../server/platform/secrets/secretFile.ts';

describe('the file of secrets', () => {
  let root = '';
  let folder = '';
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'slipway-secrets-'));
    folder = path.join(root, 'secrets');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

  it('keeps secrets by name for whoever opens it next', () => {
    const secrets = createSecretFile(folder);
    assert.equal(secrets.get('b'), undefined);
    secrets.set('b', 'two');
    secrets.set('a', 'one\nline');
    secrets.set('b', 'three');
    const next = createSecretFile(folder);
    assert.deepEqual([next.names(), next.get('a'), next.get('b')], [['a', 'b'], 'one\nline', 'three']);
    next.delete('a');
    next.delete('no such name');
    assert.deepEqual(secrets.names(), ['b']);
  });

  it('makes nothing before there is a secret, then what its owner alone can read', () => {
    const secrets = createSecretFile(folder);
    secrets.delete('a');
    assert.deepEqual([secrets.names(), existsSync(folder)], [[], false]);
    const mask = process.umask(0);
    secrets.set('a', 'one');
    process.umask(mask);
    assert.deepEqual([mode(folder), readdirSync(folder), mode(path.join(folder, 'secrets.json'))], ['700', ['secrets.json'], '600']);
  });

  it('closes what was opened to others', () => {
    const secrets = createSecretFile(folder);
    secrets.set('a', 'one');
    const file = path.join(folder, 'secrets.json');
    chmodSync(file, 0o644);
    chmodSync(folder, 0o755);
    assert.equal(secrets.get('a'), 'one');
    assert.equal(mode(file), '600');
    secrets.set('a', 'two');
    assert.equal(mode(folder), '700');
  });

  it('says that it cannot be read without saying what stands in it, and is not written over', () => {
    const secrets = createSecretFile(folder);
    secrets.set('a', 'one');
    writeFileSync(path.join(folder, 'secrets.json'), '{"secrets": {"a": "s3cr3t"');
    const failure = (work: () => unknown): unknown => {
      try {
        work();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    for (const work of [(): unknown => secrets.get('a'), (): unknown => secrets.names(), (): void => secrets.set('b', 'two')]) {
      const error = failure(work);
      assert.ok(Problem.is(error, 'conflict'));
      assert.ok(!inspect(error).includes('s3cr3t'));
    }
  });
});
