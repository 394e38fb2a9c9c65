import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { createSecretFile } from '../../../server/platform/secrets/secretFile.ts';
import { createLogins, type Logins } from '../../../server/trackingServer/logins.ts';

const url = 'https://mlflow.example.com';

describe('logins of shared servers', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'slipway-logins-'));
    writeFileSync(path.join(root, 'token'), 'own-token\n');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  /** As a companion that was started anew. */
  const open = (): Logins =>
    createLogins({ secrets: createSecretFile(path.join(root, 'secrets')), tokenFile: path.join(root, 'token'), log: silentLog });

  it('are in memory alone until someone says to keep them', () => {
    const logins = open();
    logins.set(url, { username: 'ada', password: 'one' });
    assert.deepEqual(open().of(url), {});
    logins.keep(url);
    assert.deepEqual(open().of(url), { username: 'ada', password: 'one' });
    assert.deepEqual(open().of('https://other.example.com'), {});
  });

  it('come first from who gave one, then from the file', () => {
    const logins = open();
    logins.set(url, { token: 'kept' });
    logins.keep(url);
    const next = open();
    assert.deepEqual(next.of(url), { token: 'kept' });
    next.set(url, { token: 'given' });
    assert.deepEqual([next.of(url), open().of(url)], [{ token: 'given' }, { token: 'kept' }]);
  });

  it('are forgotten everywhere', () => {
    const logins = open();
    logins.set(url, { token: 'kept' });
    logins.keep(url);
    logins.set(url, {});
    assert.deepEqual([logins.of(url), open().of(url)], [{}, {}]);
  });

  it('are never the token of the companion', () => {
    for (const login of [{ token: 'own-token' }, { username: 'slipway', password: 'own-token' }]) {
      assert.throws(() => open().set(url, login), (error) => Problem.is(error, 'invalid-input') && !error.message.includes('own-token'));
    }
  });
});
