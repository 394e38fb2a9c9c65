import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { extract } from 'tar-stream';
import type { ImagePush } from '../../../server/contract/imagePushes.ts';
import { poll } from '../../../server/platform/time/poll.ts';
import { homeLabel } from '../../../server/deployments/targets/docker/dockerTarget.ts';
import { startImageRegistry } from '../../harness/docker/imageRegistry.ts';
import { until } from '../../harness/until.ts';
import { attempt, hasEnded, liveReplica, openEndpointHome, predict, pry, startLoad, type EndpointHome } from '../../server/deployments/endpointHome.ts';

const baseImage = process.env['SLIPWAY_TEST_BASE_IMAGE'] ?? '';

describe('an endpoint of containers', () => {
  const docker = new Docker();
  /** Of the logins of registries. */
  const logins = mkdtempSync(path.join(tmpdir(), 'slipway-logins-'));
  let home: EndpointHome;
  /** A server of this machine, and where containers find it. */
  let server: Server;
  let surroundings: Record<string, string>;
  let versions: Record<'prying' | 'steady:1' | 'broken', number>;
  before(async () => {
    assert.notEqual(baseImage, '', 'run this suite with "npm run test:docker"');
    server = createServer((connection) => connection.end());
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const bridge = (await docker.getNetwork('bridge').inspect()) as { IPAM: { Config: { Gateway: string }[] } };
    surroundings = { PRY_HOST: bridge.IPAM.Config[0]?.Gateway ?? '', PRY_PORT: String((server.address() as AddressInfo).port) };
    home = await openEndpointHome({ SLIPWAY_BASE_IMAGE: baseImage, DOCKER_CONFIG: logins });
    await home.start();
    versions = await home.register('rule', 'prying', 'steady:1', 'broken');
  });
  after(async () => {
    server.close();
    await home.close();
    rmSync(logins, { recursive: true, force: true });
    assert.deepEqual(await ownContainers(), []);
  });

  const ownContainers = async (): Promise<string[]> => {
    const found = await docker.listContainers({ all: true, filters: { label: [`slipway.home=${homeLabel(home.root)}`] } });
    return found.map(({ Id }) => Id);
  };

  it('is where models go when an engine answers, and is confined', async () => {
    const serving = { memoryMegabytes: 512, cpus: 0.5, environment: { GREETING: 'hello', ...surroundings } };
    const rollout = await home.deploy({ name: 'boxed', model: 'rule', version: versions.prying, serving });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.equal(rollout.target, 'docker');
    const endpoint = await home.endpoint('boxed');
    assert.deepEqual((await predict(endpoint.url, 1)).predictions, [1]);
    assert.deepEqual(await pry(endpoint.url, [attempt.connection, attempt.datagram]), [0, 0]);
    assert.equal(liveReplica(endpoint).isolation, 'Container: no access to your files and no network');
    assert.equal((await fetch(`http://${liveReplica(endpoint).addresses[0] ?? ''}/readyz`)).status, 403);
    const { Config, HostConfig } = await docker.getContainer(liveReplica(endpoint).handle ?? '').inspect();
    assert.equal(Config.User, '10001:10001');
    assert.equal(Config.Labels['slipway.endpoint'], 'boxed');
    assert.equal(Config.Labels['slipway.release'], endpoint.liveRelease);
    assert.ok(Config.Env.includes('GREETING=hello'));
    assert.equal(HostConfig.ReadonlyRootfs, true);
    assert.deepEqual(HostConfig.CapDrop, ['ALL']);
    assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges']);
    assert.equal(HostConfig.Memory, 512 * 1024 * 1024);
    assert.equal(HostConfig.NanoCpus, 5e8);
    assert.equal(HostConfig.Privileged, false);
  });

  it('are pushed to a registry with its login, with their bill of materials, and are there by their digest', { skip: process.env['SLIPWAY_TEST_IMAGE_REGISTRY'] === undefined ? 'docker-registry is not installed' : false }, async () => {
    const registry = await startImageRegistry();
    const logIn = (password: string): void =>
      writeFileSync(path.join(logins, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from(`${registry.user}:${password}`).toString('base64') } } }));
    const push = async (tag: string): Promise<ImagePush> => {
      const { id } = await home.client().call('pushEndpointImage', { name: 'boxed', to: `${registry.host}/team/rule${tag}` });
      return poll(async () => {
        const current = await home.client().call('getImagePush', { id });
        return current.state === 'waiting' || current.state === 'running' ? undefined : current;
      }, { every: 100 });
    };
    try {
      logIn('wrong');
      const refused = await push('');
      assert.equal(refused.state, 'failed');
      assert.match(refused.message, new RegExp(`^The registry ${registry.host} does not let this login push to .*docker login ${registry.host}`));
      logIn(registry.password);
      const pushed = await push('');
      assert.deepEqual([pushed.state, pushed.message, pushed.to], ['succeeded', '', `${registry.host}/team/rule:${versions.prying}`]);
      assert.equal(pushed.pinned, `${registry.host}/team/rule@${await registry.digestOf('team/rule', String(versions.prying))}`);
      assert.equal((await push(':newest')).pinned, pushed.pinned);
      const { Image: image } = await docker.getContainer(liveReplica(await home.endpoint('boxed')).handle ?? '').inspect();
      const { Config } = await docker.getImage(image).inspect();
      assert.equal(Config.Labels['org.opencontainers.image.title'], 'rule');
      assert.deepEqual((await docker.listImages({ filters: { reference: [`${registry.host}/team/*`] } })).map(({ RepoTags }) => RepoTags), [], 'the engine keeps no name of the registry');
      assert.equal(await registry.imageOf('team/rule', pushed.pinned?.split('@')[1] ?? ''), image);
      const container = await docker.createContainer({ Image: image });
      let inImage: unknown;
      for await (const entry of (await container.getArchive({ path: '/opt/slipway/sbom.cdx.json' })).pipe(extract())) {
        inImage = JSON.parse(await text(entry));
      }
      await container.remove({ force: true });
      const { liveRelease = '' } = await home.endpoint('boxed');
      assert.deepEqual(inImage, await home.client().call('getReleaseSbom', { digest: liveRelease }));
      const actions = (await home.client().call('listAudit', {})).entries.map(({ action }) => action);
      assert.deepEqual(actions.filter((action) => action.startsWith('image.')).sort(), ['image.push-failed', 'image.push-requested', 'image.push-requested', 'image.push-requested', 'image.pushed', 'image.pushed']);
    } finally {
      await registry.stop();
    }
  });

  it('have the memory that the settings give them, and what the deploy asks for before that', async () => {
    const memoryOf = async (name: string): Promise<number> => (await docker.getContainer(liveReplica(await home.endpoint(name)).handle ?? '').inspect()).HostConfig.Memory ?? 0;
    await home.client().call('changeSettings', { replicaMemoryMegabytes: 640 });
    await home.deploy({ name: 'limited', model: 'rule', version: versions.prying });
    assert.equal(await memoryOf('limited'), 640 * 1024 * 1024);
    await home.deploy({ name: 'limited', model: 'rule', version: versions.prying, serving: { memoryMegabytes: 512, allowedNetwork: true, environment: surroundings } });
    assert.equal(await memoryOf('limited'), 512 * 1024 * 1024);
    const limited = await home.endpoint('limited');
    assert.deepEqual(await pry(limited.url, [attempt.connection, attempt.datagram]), [1, 1], 'a person let it use the network');
    assert.equal(liveReplica(limited).isolation, 'Container: no access to your files; the network is open to it');
    await home.client().call('changeSettings', { replicaMemoryMegabytes: 0 });
    await home.client().call('deleteEndpoint', { name: 'limited', evenIfBusy: 'true' });
  });

  it('moves by a canary and back under load without a failed request, and survives a kill of the companion on the way', async () => {
    await home.deploy({ name: 'moving', model: 'rule', version: versions.prying });
    const { url } = await home.endpoint('moving');
    const load = startLoad(url, 2, 20);
    const strategy = { kind: 'canary' as const, steps: [30], stepSeconds: 0.5, checks: { minimumRequests: 5, maximumPredictionShift: null } };
    // Callers may leave `b` out of `prying` alone.
    const { id } = await home.client().call('deploy', { name: 'moving', model: 'rule', version: versions['steady:1'], strategy, allowBreaking: true });
    await home.rollout(id, ({ step }) => step === 'ready' || step === 'smoke-test' || step === 'canary');
    await home.kill();
    await home.start();
    const rollout = await home.rollout(id, hasEnded);
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.equal((await predict(url)).version, String(versions['steady:1']));
    const { rollout: back, durationMs } = await home.client().call('rollBack', { name: 'moving' });
    assert.ok(durationMs !== undefined);
    assert.equal((await predict(url)).version, String(versions.prying));
    await home.rollout(back.id, ({ state }) => state === 'succeeded');
    const { failed, sent } = await load.stop();
    assert.equal(failed, 0, `${failed} of ${sent} failed`);
  });

  it('ends, at its start, containers of this data home that its database does not know, and no others', async () => {
    const { Config } = await docker.getContainer(liveReplica(await home.endpoint('boxed')).handle ?? '').inspect();
    const labelled = async (labels: Record<string, string>): Promise<string> => (await docker.createContainer({ Image: Config.Image, Labels: { ...Config.Labels, ...labels } })).id;
    const unknown = await labelled({ 'slipway.replica': 'unknown' });
    const foreign = await labelled({ 'slipway.replica': 'unknown', 'slipway.home': '0'.repeat(16) });
    await home.kill();
    await home.start();
    await until(async () => !(await ownContainers()).includes(unknown));
    await docker.getContainer(foreign).remove();
    assert.equal((await predict((await home.endpoint('boxed')).url)).status, 200);
  });

  it('starts a container that died again', async () => {
    const before = liveReplica(await home.endpoint('boxed'));
    await docker.getContainer(before.handle ?? '').kill();
    const now = await home.endpoint('boxed', (endpoint) => endpoint.state === 'live' && liveReplica(endpoint).handle !== before.handle);
    assert.equal(liveReplica(now).restarts, 1);
    assert.equal((await predict(now.url)).status, 200);
  });

  it('keeps the old release when the new container cannot serve, and removes the new one', async () => {
    const rollout = await home.deploy({ name: 'boxed', model: 'rule', version: versions.broken, allowBreaking: true });
    assert.equal(rollout.state, 'failed');
    const endpoint = await home.endpoint('boxed', ({ replicas }) => replicas.length === 1);
    assert.equal(endpoint.liveVersion, versions.prying);
    const { logs } = await home.client().call('readLogs', { name: 'boxed' });
    assert.ok(logs.some(({ lines }) => lines.some((line) => line.includes('no prediction today'))), JSON.stringify(logs));
  });

  it('can move to processes and back to its containers', async () => {
    const there = await home.deploy({ name: 'boxed', model: 'rule', version: versions.prying, target: 'process' });
    assert.equal(there.state, 'succeeded', there.message);
    const endpoint = await home.endpoint('boxed');
    assert.equal(endpoint.target, 'process');
    assert.equal((await predict(endpoint.url)).status, 200);
    const { rollout } = await home.client().call('rollBack', { name: 'boxed' });
    await home.rollout(rollout.id, ({ state }) => state === 'succeeded');
    assert.equal((await home.endpoint('boxed')).target, 'docker');
  });

  it('leaves no container behind when it is deleted', async () => {
    for (const name of ['boxed', 'moving']) {
      await home.client().call('deleteEndpoint', { name, evenIfBusy: 'true' });
    }
    assert.deepEqual(await ownContainers(), []);
  });

  it('removes the images of releases that no endpoint needs, and no other', async () => {
    await home.deploy({ name: 'kept', model: 'rule', version: versions.prying });
    const { liveRelease } = await home.endpoint('kept');
    const ownImages = async (): Promise<string[]> => {
      const found = await docker.listImages({ filters: { label: ['slipway.release'] } });
      return found.flatMap(({ Labels }) => Labels['slipway.release'] ?? []).sort();
    };
    const before = await ownImages();
    assert.ok(before.includes(liveRelease ?? ''));
    const preview = await home.client().call('previewPrune', {});
    const report = await home.client().call('prune', {});
    assert.deepEqual(report.items, preview.items);
    const gone = report.items.flatMap(({ kind, name }) => (kind === 'release-image' ? [name] : []));
    assert.ok(gone.length > 0);
    for (const name of gone) {
      await assert.rejects(docker.getImage(name).inspect(), /no such image/i);
    }
    const left = await ownImages();
    assert.equal(left.length, before.length - gone.length);
    assert.ok(left.includes(liveRelease ?? ''));
    assert.equal((await predict((await home.endpoint('kept')).url)).status, 200);
    await home.client().call('deleteEndpoint', { name: 'kept', evenIfBusy: 'true' });
  });
});
