import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isAlive } from '../../../server/platform/processEnd.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { until } from '../../harness/until.ts';
import { liveReplica, predict } from './endpointHome.ts';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

describe('a database that was put in the place of a later one', { skip: process.platform === 'win32' }, () => {
  let home: PreparedHome;
  let slipway: CommandLine;
  before(async () => {
    home = await openPreparedHome();
    slipway = commandLine(home.root);
    await home.start();
  });
  after(() => home.close());

  const pidOf = async (name: string): Promise<number> => Number(liveReplica(await home.endpoint(name)).handle);
  const succeed = async (...words: string[]): Promise<void> => {
    const { code, stderr } = await slipway.run(words);
    assert.equal(code, 0, stderr);
  };

  it('knows nothing of replicas that were started since: they end, with what they left, and no others', async () => {
    await home.deploy({ name: 'kept', model: 'rule', version: home.versions.steady });
    const file = `${home.root}-before.db`;
    await succeed('backup', file);
    await home.deploy({ name: 'later', model: 'rule', version: home.versions.steady });
    const [kept, later] = [await pidOf('kept'), await pidOf('later')];
    const { url, ...endpoint } = await home.endpoint('later');
    const { id } = liveReplica({ url, ...endpoint });
    const left = ['pid', 'key', 'log'].map((kind) => path.join(home.root, 'replicas', `${id}.${kind}`));
    assert.deepEqual(left.filter((each) => !existsSync(each)), []);
    assert.equal((await predict(url)).status, 200);

    await home.kill();
    // Ids of processes that have ended are given to others: to this one, and to a replica that is known.
    writeFileSync(path.join(home.root, 'replicas', 'reused.pid'), `${process.pid}\n`);
    writeFileSync(path.join(home.root, 'replicas', 'taken.pid'), `${kept}\n`);
    // A companion was killed before its replica had written its id, and after one had ended.
    const ended = ['bstarted.key', 'bended.key', 'bended.pid', 'bended.log'].map((name) => path.join(home.root, 'replicas', name));
    ended.forEach((each) => writeFileSync(each, each.endsWith('.pid') ? '999999999\n' : 'left\n'));
    await succeed('restore', file);
    assert.ok(isAlive(later), 'replicas outlive the companion');
    await home.start();
    await until(() => !isAlive(later));
    await until(() => [...left, ...ended].every((each) => !existsSync(each)));
    assert.ok(existsSync(path.join(home.root, 'replicas', `${liveReplica(await home.endpoint('kept')).id}.key`)));
    await until(() => readFileSync(path.join(home.root, 'logs', 'companion.log'), 'utf8').includes(`replica ${id} (process ${later}) was ended: the database does not know it`));
    await until(async () => (await fetch(`${url}/ping`)).status === 404);
    assert.equal(await pidOf('kept'), kept);
    assert.equal((await predict((await home.endpoint('kept')).url)).status, 200);
  });
});
