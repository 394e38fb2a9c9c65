import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { connectEngine, engineStatus } from '../../../server/releases/images/engine.ts';
import { canMountContext, hasBuildKit } from '../../../server/releases/images/imageBuild.ts';

describe('the connection to a container engine', () => {
  let folder: string;
  const servers = new Set<Server>();

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-engine-'));
  });

  afterEach(() => {
    servers.forEach((server) => server.close());
    servers.clear();
    rmSync(folder, { recursive: true, force: true });
  });

  const listen = async <T extends Server>(server: T, socket: string): Promise<T> => {
    servers.add(server);
    server.listen(socket);
    await once(server, 'listening');
    return server;
  };

  test('a socket that is not there says so and names the setting', async () => {
    const dockerHost = `unix://${path.join(folder, 'none.sock')}`;
    await assert.rejects(connectEngine({ dockerHost }), (error) => Problem.is(error, 'unavailable') && error.message.includes(dockerHost));
    const status = await engineStatus({ dockerHost });
    assert.equal(status.available, false);
    assert.match(status.detail, /no socket at .*none\.sock.*slipway\.dockerHost/);
  });

  test('an engine that has stopped says to start it', async () => {
    const status = await engineStatus({ dockerHost: 'tcp://127.0.0.1:1' });
    assert.deepEqual(status, { available: false, detail: 'Nothing answers at tcp://127.0.0.1:1. Start Docker or Podman.' });
  });

  test('an engine that accepts but never answers is given up', async () => {
    const socket = path.join(folder, 'mute.sock');
    await listen(createServer((client) => client.on('error', () => undefined)), socket);
    const status = await engineStatus({ dockerHost: `unix://${socket}` });
    assert.equal(status.available, false);
    assert.match(status.detail, /does not answer/);
  });

  test('an address that cannot be used names the forms that can', async () => {
    for (const dockerHost of ['ssh://me@host', 'host:2375', 'unix:']) {
      await assert.rejects(
        connectEngine({ dockerHost }),
        (error) => Problem.is(error, 'invalid-input') && error.field === 'dockerHost' && (error.remedy ?? '').includes('unix:///path'),
      );
    }
  });

  test('Podman is told apart from Docker by its own description', async () => {
    const socket = path.join(folder, 'podman.sock');
    const answer = { Version: '4.3.1', ApiVersion: '1.41', Arch: 'amd64', Components: [{ Name: 'Podman Engine', Version: '4.3.1' }] };
    await listen(
      createHttpServer((_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify(answer));
      }),
      socket,
    );
    const engine = await connectEngine({ dockerHost: `unix://${socket}` });
    assert.equal(engine.kind, 'podman');
    assert.deepEqual(await engineStatus({ dockerHost: `unix://${socket}` }), { available: true, detail: `Podman 4.3.1 at unix://${socket}` });
  });

  test('BuildKit is asked of Docker from API 1.40 on, never of Podman', () => {
    assert.equal(hasBuildKit({ kind: 'docker', apiVersion: '1.41' }), true);
    assert.equal(hasBuildKit({ kind: 'docker', apiVersion: '1.39' }), false);
    assert.equal(hasBuildKit({ kind: 'podman', apiVersion: '1.41' }), false);
  });

  test('a build mounts its context with BuildKit and with Podman from 4 on', () => {
    assert.equal(canMountContext({ kind: 'docker', apiVersion: '1.41', version: '20.10.24' }), true);
    assert.equal(canMountContext({ kind: 'docker', apiVersion: '1.39', version: '18.09.1' }), false);
    assert.equal(canMountContext({ kind: 'podman', apiVersion: '1.41', version: '4.3.1' }), true);
    assert.equal(canMountContext({ kind: 'podman', apiVersion: '1.40', version: '3.0.1' }), false);
  });
});
