import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { prepareHome } from '../../../server/platform/home.ts';
import { openCompanionHome } from '../../harness/testCompanion.ts';

describe('other users of the machine', { skip: process.platform === 'win32' ? 'folders are kept from others by the system' : false }, () => {
  const root = mkdtempSync(path.join(tmpdir(), 'slipway-others-'));
  after(() => rmSync(root, { recursive: true, force: true }));

  const openFolder = (name: string): string => {
    const folder = path.join(root, name);
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    return folder;
  };

  it('can read nothing below a data home, also one that was open to them', async () => {
    const folder = openFolder('home');
    writeFileSync(path.join(folder, 'settings.json'), '{}', { mode: 0o600 });
    const home = openCompanionHome(folder);
    const client = await home.start();
    const { experiment_id: id } = (await (
      await fetch(`${client.baseUrl}/api/2.0/mlflow/experiments/create`, {
        method: 'POST',
        body: JSON.stringify({ name: 'secret' }),
        headers: { authorization: `Bearer ${client.lock.token}`, 'content-type': 'application/json' },
      })
    ).json()) as { experiment_id: string };
    assert.match(id, /^\d+$/);
    // Node makes its folders before it runs a line of ours; nobody else comes past the one above them.
    const closed = (name: string): boolean => name.startsWith(path.join('cache', 'code', 'v'));
    const open = ['', ...readdirSync(home.root, { recursive: true, encoding: 'utf8' })].filter((name) => !closed(name) && (statSync(path.join(home.root, name)).mode & 0o077) !== 0);
    await home.close();
    assert.deepEqual(open, []);
  });

  it('keep the companion from a folder that holds something else', () => {
    const folder = openFolder('project');
    writeFileSync(path.join(folder, 'notebook.ipynb'), '{}');
    assert.throws(() => prepareHome(folder), { name: 'Problem', reason: 'forbidden', field: 'SLIPWAY_HOME', remedy: /chmod 700/ });
    assert.equal(statSync(folder).mode & 0o777, 0o755);
    assert.deepEqual(readdirSync(folder), ['notebook.ipynb']);
    chmodSync(folder, 0o700);
    assert.equal(prepareHome(folder).root, folder);
  });
});
