import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { homeLabel } from '../../server/deployments/targets/docker/dockerTarget.ts';
import { attempt, liveReplica, openEndpointHome, predict, pry, type EndpointHome } from '../server/deployments/endpointHome.ts';
import { startPodman, type PodmanService } from '../harness/docker/podmanService.ts';

const baseImage = process.env['SLIPWAY_TEST_BASE_IMAGE'] ?? '';
const skip = process.env['SLIPWAY_TEST_PODMAN'] === undefined ? 'Podman is not installed' : false;

describe('an endpoint of containers of Podman', { skip }, () => {
  let podman: PodmanService | undefined;
  let home: EndpointHome | undefined;
  let versions: Record<'prying' | 'steady:1', number>;

  const parts = (): { engine: Docker; home: EndpointHome } => {
    assert.ok(podman !== undefined && home !== undefined);
    return { engine: podman.docker, home };
  };

  before(async () => {
    assert.notEqual(baseImage, '', 'run this suite with "npm run test:docker"');
    podman = await startPodman();
    await text(await podman.docker.loadImage(await new Docker().getImage(baseImage).get()));
    home = await openEndpointHome({ SLIPWAY_BASE_IMAGE: baseImage, SLIPWAY_DOCKER_HOST: podman.url });
    await home.start();
    versions = await home.register('rule', 'prying', 'steady:1');
  });

  after(async () => {
    try {
      await home?.close();
    } finally {
      await podman?.stop();
    }
  });

  it('is built by Podman, serves, and is confined', async () => {
    const { engine, home } = parts();
    const { targets } = await home.client().call('listTargets', {});
    assert.match(targets.find(({ kind }) => kind === 'docker')?.detail ?? '', /^Podman \d+\.\d+/);
    const rollout = await home.deploy({ name: 'boxed', model: 'rule', version: versions.prying, serving: { environment: { GREETING: 'hello' } } });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    assert.equal(rollout.target, 'docker');
    const endpoint = await home.endpoint('boxed');
    assert.deepEqual((await predict(endpoint.url, 1)).predictions, [1]);
    assert.deepEqual(await pry(endpoint.url, [attempt.datagram]), [0]);
    const { Config, HostConfig, State } = await engine.getContainer(liveReplica(endpoint).handle ?? '').inspect();
    assert.equal(Config.User, '10001:10001');
    assert.ok(Config.Env.includes('GREETING=hello'));
    assert.equal(HostConfig.ReadonlyRootfs, true);
    const status = readFileSync(`/proc/${State.Pid}/status`, 'utf8');
    assert.match(status, /^CapBnd:\s0+$/m);
    assert.match(status, /^NoNewPrivs:\s1$/m);
    assert.deepEqual(await engine.listImages({ filters: { dangling: ['true'] } }), []);
  });

  it('moves to another version and back', async () => {
    const { home } = parts();
    const rollout = await home.deploy({ name: 'boxed', model: 'rule', version: versions['steady:1'], allowBreaking: true });
    assert.equal(rollout.state, 'succeeded', rollout.message);
    const { url } = await home.endpoint('boxed');
    assert.deepEqual(await predict(url, 1), { status: 200, version: String(versions['steady:1']), predictions: [0] });
    const { rollout: back } = await home.client().call('rollBack', { name: 'boxed' });
    assert.deepEqual(await predict(url, 1), { status: 200, version: String(versions.prying), predictions: [1] });
    await home.rollout(back.id, ({ state }) => state === 'succeeded');
    const { logs } = await home.client().call('readLogs', { name: 'boxed' });
    assert.ok(logs.some(({ lines }) => lines.some((line) => /^\d{4}-\S+ info ready /.test(line))), JSON.stringify(logs));
  });

  it('starts a container that died again', async () => {
    const { engine, home } = parts();
    const before = liveReplica(await home.endpoint('boxed'));
    await engine.getContainer(before.handle ?? '').kill();
    const now = await home.endpoint('boxed', (endpoint) => endpoint.state === 'live' && liveReplica(endpoint).handle !== before.handle);
    assert.equal((await predict(now.url)).status, 200);
  });

  it('leaves no container behind when it is deleted', async () => {
    const { engine, home } = parts();
    await home.client().call('deleteEndpoint', { name: 'boxed', evenIfBusy: 'true' });
    assert.deepEqual(await engine.listContainers({ all: true, filters: { label: [`slipway.home=${homeLabel(home.root)}`] } }), []);
  });
});
