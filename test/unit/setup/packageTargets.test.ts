import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { packageTargets } from '../../setup/package.ts';
import { root, SetupError } from '../../setup/step.mjs';

describe('what npm run package makes', () => {
  it('is one package for all platforms, or one for each that is named', () => {
    assert.deepEqual(packageTargets([]), []);
    assert.deepEqual(packageTargets(['--target', 'alpine-arm64']), ['alpine-arm64']);
    // Each platform has one of the native parts that there are.
    assert.equal(packageTargets(['--target', 'all']).length, readdirSync(path.join(root, 'node_modules/better-sqlite3/prebuilds')).length);
  });

  it('is nothing for a platform that is not known', () => {
    for (const words of [['--target'], ['--target', 'linux-armhf'], ['linux-x64'], ['--target', 'all', 'more']]) {
      assert.throws(() => packageTargets(words), SetupError);
    }
  });
});
