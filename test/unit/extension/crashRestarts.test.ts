import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createCrashRestarts } from '../../../extension/companion/crashRestarts.ts';

describe('a companion that is gone', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-restarts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is not started again where it took its lock file along', async () => {
    assert.equal(await createCrashRestarts(() => path.join(folder, 'companion.json')).claim(), false);
  });

  it('is not started again where its lock file says that it is about to end', async () => {
    const lockFile = path.join(folder, 'companion.json');
    writeFileSync(lockFile, JSON.stringify({ pid: 1, port: 1, token: 't'.repeat(32), version: '1.0.0', startedAt: 1, endingSince: 2 }));
    assert.equal(await createCrashRestarts(() => lockFile).claim(), false);
  });

  it('is started again where it left the lock file, three times in a row', async () => {
    const lockFile = path.join(folder, 'companion.json');
    writeFileSync(lockFile, '{}');
    const restarts = createCrashRestarts(() => lockFile);
    assert.deepEqual([await restarts.claim(), await restarts.claim(), await restarts.claim(), await restarts.claim()], [true, true, true, false]);
  });
});
