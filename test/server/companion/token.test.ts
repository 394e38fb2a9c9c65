import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { describeHome } from '../../../server/platform/home.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { openCompanionHome, type TestCompanionHome } from '../../harness/testCompanion.ts';

describe('slipway token --rotate', () => {
  let home: TestCompanionHome;
  let slipway: CommandLine;
  before(() => {
    home = openCompanionHome();
    slipway = commandLine(home.root);
  });
  after(() => home.close());

  const statusOf = async (port: number, token: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers: { authorization: `Bearer ${token}` } })).status;

  it('locks out who has the old token, starts the companion again and stands in the audit log', async () => {
    const { lock: before } = await home.start();
    assert.equal(await statusOf(before.port, before.token), 200);
    const { code, value } = await slipway.json(['token', '--rotate']);
    assert.deepEqual([code, (value as { rotated: boolean }).rotated], [0, true]);
    const now = await discoverCompanion(home.root);
    assert.ok(now !== undefined && now.pid !== before.pid && now.token !== before.token);
    assert.equal(await statusOf(now.port, before.token), 401);
    assert.equal(await statusOf(now.port, now.token), 200);
    const client = await home.start();
    const { entries } = await client.call('listAudit', {});
    assert.ok(entries.some(({ action }) => action === 'token.rotated'));
  });

  it('works without a companion, and starts none', async () => {
    await home.end();
    const { value: first } = await slipway.json(['token']);
    const scrapeToken = readFileSync(describeHome(home.root).scrapeTokenFile, 'utf8');
    assert.equal((await slipway.json(['token', '--rotate'])).code, 0);
    assert.notEqual(readFileSync(describeHome(home.root).scrapeTokenFile, 'utf8'), scrapeToken);
    assert.equal(await discoverCompanion(home.root), undefined);
    assert.match((first as { file: string }).file, /token$/);
  });
});
