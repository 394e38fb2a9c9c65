import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findCage, type Cage } from '../../../server/platform/cage.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';
import { attempt, liveReplica, pry } from '../deployments/endpointHome.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';

/** What `rule.py` tries when it is asked for these. */
const attempts = {
  'the token': 100,
  'the data home': 101,
  "the user's home": 102,
  'the environment of the companion': 103,
  'writing in the release': 104,
  'writing where others find compiled modules': 105,
  'a connection to the companion': attempt.connection,
  'a datagram': attempt.datagram,
  'a Unix socket': 108,
  'a signal to the companion': 109,
  'a folder': 110,
  "a variable of the user's environment": 111,
} as const;
const needs = { 'a temporary file': 120, 'joblib with processes': 121, 'a fork': 122, 'its own home': 123 } as const;

describe('a model that looks around in a local process', { skip: process.platform !== 'linux' }, () => {
  let home: PreparedHome;
  let cage: Cage;
  let slipway: CommandLine;
  let folder: string;
  let socket: Server;
  let surroundings: string[];
  before(async () => {
    cage = await findCage(process.env['SLIPWAY_TEST_PYTHON'] ?? 'python3');
    home = await openPreparedHome({ SECRET_OF_THE_USER: 'hunter2' });
    const { lock } = await home.start();
    slipway = commandLine(home.root);
    folder = `${home.root}-data`;
    mkdirSync(folder);
    socket = createServer((connection) => connection.end());
    const file = path.join(folder, 'engine.sock');
    await new Promise<void>((resolve) => socket.listen(file, resolve));
    const facts = { PRY_HOME: home.root, PRY_PID: lock.pid, PRY_PORT: lock.port, PRY_SOCKET: file, PRY_FOLDER: folder };
    surroundings = Object.entries(facts).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  });
  after(async () => {
    socket.close();
    await home.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const deploy = async (...more: string[]): Promise<string> => {
    const { code, stderr } = await slipway.run(['deploy', `rule:${home.versions.prying}`, '--endpoint', 'prying', ...surroundings, ...more]);
    assert.equal(code, 0, stderr);
    return stderr;
  };

  /** Names of what can be reached. */
  const reached = async (what: Readonly<Record<string, number>>): Promise<string[]> => {
    const { url } = await home.endpoint('prying');
    const predictions = await pry(url, Object.values(what));
    return Object.keys(what).filter((_, index) => predictions[index] === 1);
  };

  it('finds no home, no token and no network, can do what models do, and Deploy says so', async () => {
    assert.equal(cage.mechanism, 'landlock');
    const said = 'Landlock: no access to your files and no network';
    assert.match(await deploy(), new RegExp(`Isolation – ${said}`));
    assert.deepEqual(await reached(attempts), []);
    assert.deepEqual(await reached(needs), Object.keys(needs));
    const endpoint = await home.endpoint('prying');
    assert.equal(liveReplica(endpoint).isolation, said);
    assert.equal(endpoint.history[0]?.isolation, said);
    assert.match((await slipway.run(['endpoints', 'prying'])).stdout, new RegExp(`isolation +${said}`));
  });

  it('is asked by the gateway alone', async () => {
    const { url, liveRelease, ...endpoint } = await home.endpoint('prying');
    const { id, addresses, handle } = liveReplica({ url, liveRelease, ...endpoint });
    const ask = (base: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${base}/invocations`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 0]]}}' });
    for (const headers of [{}, { 'x-slipway-replica-key': 'x'.repeat(43) }]) {
      const refused = await ask(`http://${addresses[0] ?? ''}`, headers);
      assert.equal(refused.status, 403);
      assert.match(await refused.text(), /gateway alone.*slipway endpoints/);
    }
    assert.equal((await ask(url, { 'x-slipway-replica-key': 'of the client' })).status, 200);

    const file = path.join(home.root, 'replicas', `${id}.key`);
    const key = readFileSync(file, 'utf8').trim();
    assert.equal((await ask(`http://${addresses[0] ?? ''}`, { 'x-slipway-replica-key': key })).status, 200);
    for (const secret of [file, path.join(home.root, 'gateway/routes.json')]) {
      assert.equal(statSync(secret).mode & 0o777, 0o600, secret);
    }
    for (const seen of ['environ', 'cmdline']) {
      assert.ok(!readFileSync(`/proc/${handle ?? ''}/${seen}`, 'utf8').includes(key), seen);
    }
    assert.ok(!JSON.stringify(await home.client().call('getEndpoint', { name: 'prying' })).includes(key));
    const gateway = JSON.parse(readFileSync(path.join(home.root, 'gateway/gateway.json'), 'utf8')) as { port: number; controlToken: string };
    const status = await fetch(`http://127.0.0.1:${gateway.port}/-/status`, { headers: { 'x-slipway-control': gateway.controlToken } });
    assert.ok(status.ok && !(await status.text()).includes(key));
  });

  it('finds what a person let it have, which the release and the audit log keep, and nothing else', async () => {
    await deploy('--allow-network', '--allow-folder', folder);
    assert.deepEqual(await reached(attempts), ['a connection to the companion', 'a datagram', 'a folder']);
    const endpoint = await home.endpoint('prying');
    assert.equal(liveReplica(endpoint).isolation, `Landlock: no access to your files but ${folder}; the network is open to it`);
    const { serving } = await home.client().call('getRelease', { digest: endpoint.liveRelease ?? '' });
    assert.deepEqual([serving.allowedNetwork, serving.allowedFolders], [true, [folder]]);
    const { entries } = await home.client().call('listAudit', { subject: 'prying' });
    assert.ok(entries.some(({ action, program }) => action === 'network.allowed' && program === 'command line'));
    assert.deepEqual(entries.find(({ action }) => action === 'folders.allowed')?.detail['folders'], [folder]);
  });

  it('is given no folder with the data home in it, by whatever name, and nothing is changed', async () => {
    const { liveRelease } = await home.endpoint('prying');
    const linked = path.join(folder, 'linked');
    symlinkSync(home.root, linked);
    for (const refused of [home.root, path.dirname(home.root), path.join(home.root, 'blobs'), '/', linked, path.join(folder, 'missing')]) {
      const { code, stderr } = await slipway.run(['deploy', `rule:${home.versions.prying}`, '--endpoint', 'prying', '--allow-folder', refused]);
      assert.notEqual(code, 0, refused);
      assert.match(stderr, /The folder .+ cannot be (given to|read by) a replica: it (holds|lies in|is not there)/, refused);
    }
    assert.equal((await home.endpoint('prying')).liveRelease, liveRelease);
  });
});
