import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Release } from '../../../server/contract/releases.ts';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { buildContext } from '../../../server/releases/images/buildContext.ts';
import { containerPort, stageLabel } from '../../../server/releases/images/dockerfiles.ts';
import { connectEngine, type Engine } from '../../../server/releases/images/engine.ts';
import { buildImage } from '../../../server/releases/images/imageBuild.ts';
import { createReleases, type Releases } from '../../../server/releases/releases.ts';
import { createCompanionParts, type CompanionParts } from '../../server/releases/companionParts.ts';
import { createSampleModels, filesOf, plainModel, type SampleModels } from '../../server/releases/sampleModels.ts';

const never = new AbortController().signal;
const quiet = (): void => undefined;
const baseImage = process.env['SLIPWAY_TEST_BASE_IMAGE'] ?? '';
const engine = await connectEngine({ dockerHost: '' });
/** An engine of the time before BuildKit, as far as builds are concerned. */
const classic: Engine = { ...engine, apiVersion: '1.30' };

const made = new Set<string>();

async function removeImages(): Promise<void> {
  for (const image of [...made].reverse()) {
    await engine.docker.getImage(image).remove({ force: true }).catch(quiet);
  }
  made.clear();
}

/** Removes what a run that was killed has left of a release's environment. */
async function removeLeft(release: Release): Promise<void> {
  for (const { Id: id } of await engine.docker.listImages({ filters: { label: [`slipway.lock=${release.environment.sha256}`] } })) {
    await engine.docker.getImage(id).remove({ force: true });
  }
}

/** Runs a command in a new container of an image and returns what it wrote. */
async function runIn(image: string, command: string[]): Promise<string> {
  const container = await engine.docker.createContainer({ Image: image, Entrypoint: command, Tty: true });
  try {
    await container.start();
    return (await text(await container.logs({ stdout: true, stderr: true, follow: true }))).trim();
  } finally {
    await container.remove({ force: true });
  }
}

describe('images of releases', () => {
  let parts: CompanionParts;
  let models: SampleModels;
  let releases: Releases;

  beforeEach(() => {
    assert.notEqual(baseImage, '', 'run this suite with "npm run test:docker"');
    parts = createCompanionParts({ baseImage });
    models = createSampleModels();
    releases = createReleases(parts.context, models);
  });

  afterEach(() => {
    parts.close();
    models.close();
  });

  after(removeImages);

  const prepare = (version: number): Promise<Release> =>
    releases.prepare({ model: 'churn', version, serving: servingConfig.parse({}), forImage: true }, quiet, never);

  const build = async (release: Release, on: Engine = engine, progress: (line: string) => void = quiet, signal = never): Promise<string> => {
    const { image } = await releases.images.ensureImages(on, release, progress, signal);
    made.add(image);
    const { Config: config } = await engine.docker.getImage(image).inspect();
    for (const found of await engine.docker.listImages({ filters: { label: [`slipway.lock=${config.Labels['slipway.lock'] ?? ''}`] } })) {
      (found.RepoTags ?? []).forEach((tag) => made.add(tag));
    }
    return image;
  };

  test('a scikit-learn model serves from its image: unprivileged, on a read-only file system, with its health check', async () => {
    const python = process.env['SLIPWAY_TEST_PYTHON'] ?? '';
    assert.notEqual(python, '', 'run this suite with "npm run test:docker"');
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-model-'));
    try {
      execFileSync(python, ['-c', saveModel, path.join(folder, 'model')], { stdio: 'pipe' });
      models.add('churn', filesOf(path.join(folder, 'model')));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const release = await prepare(1);
    const image = await build(release);
    const port = `${containerPort}/tcp`;
    const container = await engine.docker.createContainer({
      Image: image,
      HostConfig: { ReadonlyRootfs: true, CapDrop: ['ALL'], Tmpfs: { '/tmp': '' }, PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    });
    try {
      await container.start();
      const { NetworkSettings: network, Config: config } = await container.inspect();
      const url = `http://127.0.0.1:${network.Ports[port]?.[0]?.HostPort ?? ''}`;
      assert.equal(config.User, '10001:10001');
      const deadline = Date.now() + 60_000;
      while (!(await fetch(`${url}/readyz`).then(({ ok }) => ok, () => false))) {
        if (Date.now() > deadline) {
          await container.stop();
          assert.fail(`not ready; the container wrote: ${await text(await container.logs({ stdout: true, stderr: true, follow: true }))}`);
        }
        await sleep(100);
      }
      const example = await releases.example(release.digest);
      const answer = await fetch(`${url}/invocations`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(example?.request) });
      assert.deepEqual(await answer.json(), { predictions: [0, 1] });
      const health = config.Healthcheck?.Test?.slice(1) ?? [];
      const exec = await container.exec({ Cmd: health });
      (await exec.start({ Detach: true })).resume();
      while ((await exec.inspect()).Running) {
        await sleep(50);
      }
      assert.equal((await exec.inspect()).ExitCode, 0);
    } finally {
      await container.remove({ force: true });
    }
  });

  for (const [name, on] of [
    ['BuildKit', engine],
    ['the classic builder', classic],
  ] as const) {
    test(`an image built by ${name} holds the locked packages, the server and the release, and nothing of the build`, async () => {
      models.add('churn', plainModel({ requirements: on === engine ? 'six==1.16.0\n' : 'six==1.15.0\n' }));
      const release = await prepare(1);
      await removeLeft(release);
      const lines: string[] = [];
      const image = await build(release, on, (line) => lines.push(line));
      assert.ok(lines.some((line) => line.startsWith('Building the environment image')));
      const { Config: config } = await engine.docker.getImage(image).inspect();
      assert.equal(config.Labels['slipway.release'], release.digest);
      assert.equal(config.Labels['slipway.lock'], release.environment.sha256);
      assert.equal(config.Labels['slipway.model.digest'], release.model.digest);
      const listed = await runIn(image, ['/opt/venv/bin/python', '-c', listPackages]);
      assert.deepEqual(listed.split(' '), release.environment.packages.map(({ name: each, version }) => `${each}==${version}`).sort());
      assert.deepEqual(await engine.docker.listImages({ filters: { label: [stageLabel] } }), []);
      assert.equal(await runIn(image, ['sh', '-c', 'ls /context /opt/pip 2>/dev/null; ls /opt']), 'slipway  venv');
      assert.equal(await runIn(image, ['sh', '-c', 'id -u; cat /opt/slipway/release/model/model.skops; touch /opt/slipway/release/x 2>/dev/null || echo " no"']), '10001\r\nweights no');
    });
  }

  test('a retrained model reuses the environment image and rebuilds one small layer', async () => {
    models.add('churn', plainModel());
    models.add('churn', plainModel({ weights: 'retrained' }));
    const [first, second] = [await prepare(1), await prepare(2)];
    const one = await build(first);
    const lines: string[] = [];
    const two = await build(second, engine, (line) => lines.push(line));
    assert.notEqual(one, two);
    assert.ok(!lines.some((line) => /environment image|Collecting/.test(line)), lines.join('\n'));
    const [layers, others] = [(await engine.docker.getImage(one).inspect()).RootFS.Layers ?? [], (await engine.docker.getImage(two).inspect()).RootFS.Layers ?? []];
    assert.equal(layers.length, others.length);
    assert.deepEqual(layers.slice(0, -1), others.slice(0, -1));
    assert.notEqual(layers.at(-1), others.at(-1));
    const again: string[] = [];
    assert.equal(await build(second, engine, (line) => again.push(line)), two);
    assert.deepEqual(again, []);
  });

  test('a cancelled build ends and leaves no image', async () => {
    models.add('churn', plainModel({ requirements: 'six==1.14.0\n' }));
    const release = await prepare(1);
    const controller = new AbortController();
    await assert.rejects(
      build(release, engine, (line) => line.startsWith('Building the environment') && controller.abort(), controller.signal),
      (error) => Problem.is(error, 'conflict') && error.message === 'Cancelled.',
    );
    const found = await engine.docker.listImages({ filters: { label: [`slipway.lock=${release.environment.sha256}`] } });
    assert.deepEqual(found, []);
  });

  test('an engine that dies during a build is told as such', async () => {
    models.add('churn', plainModel({ requirements: 'six==1.13.0\n' }));
    const release = await prepare(1);
    assert.ok('socketPath' in engine.address);
    const { socketPath } = engine.address;
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-socket-'));
    const own = path.join(folder, 'engine.sock');
    const sockets = new Set<Socket>();
    const proxy = createServer((client) => {
      const upstream = connect(socketPath);
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', quiet);
      }
      client.pipe(upstream).pipe(client);
    }).listen(own);
    await once(proxy, 'listening');
    try {
      const fragile = await connectEngine({ dockerHost: `unix://${own}` });
      const kill = (line: string): void => {
        if (line.startsWith('Building the environment')) {
          setTimeout(() => {
            proxy.close();
            sockets.forEach((socket) => socket.destroy());
          }, 300);
        }
      };
      await assert.rejects(build(release, fragile, kill), (error) => Problem.is(error, 'unavailable') && error.message.includes('went away') && error.remedy !== undefined);
    } finally {
      proxy.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

for (const buildKit of [true, false]) {
  test(`a step that fails is a failed build, ${buildKit ? 'with BuildKit' : 'with the classic builder'}`, async () => {
    const tag = `slipway/test:${randomUUID()}`;
    const lines: string[] = [];
    const context = buildContext([{ path: 'Dockerfile', text: `FROM ${baseImage}\nRUN echo said-before && exit 3\n` }]);
    await assert.rejects(
      buildImage(engine, context, { tag, labels: {}, buildKit, signal: never, onLine: (line) => lines.push(line) }),
      (error) => Problem.is(error, 'unavailable') && /exit 3/.test(error.message),
    );
    assert.ok(lines.some((line) => line.includes('said-before')), lines.join('\n'));
  });
}

test('a base image without Python, and one that cannot be pulled, name the setting', async () => {
  const tag = `slipway-test-empty:${randomUUID()}`;
  const context = buildContext([{ path: 'Dockerfile', text: 'FROM scratch\nCOPY Dockerfile /Dockerfile\n' }]);
  await buildImage(engine, context, { tag, labels: {}, buildKit: true, signal: never, onLine: quiet });
  try {
    for (const [image, reason] of [
      [tag, 'invalid-input'],
      ['127.0.0.1:9/nothing:{python}', 'unavailable'],
    ] as const) {
      const parts = createCompanionParts({ baseImage: image });
      try {
        await assert.rejects(
          createReleases(parts.context, createSampleModels()).images.describeBase(engine, '3.11', quiet, never),
          (error) => Problem.is(error, reason) && error.field === 'baseImage' && (error.remedy ?? '').includes('slipway.baseImage'),
        );
      } finally {
        parts.close();
      }
    }
  } finally {
    await engine.docker.getImage(tag).remove({ force: true });
  }
});

const saveModel = `
import sys
import mlflow, pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
frame = pd.DataFrame({"age": [20.0, 60.0], "tenure": [1.0, 9.0]})
model = LogisticRegression().fit(frame, [0, 1])
mlflow.sklearn.save_model(model, sys.argv[1], signature=infer_signature(frame, model.predict(frame)), input_example=frame,
    pip_requirements=["scikit-learn", "skops", "pandas"])
`;

const listPackages = `
import importlib.metadata as m, re
print(*sorted(re.sub(r"[-_.]+", "-", d.name).lower() + "==" + d.version for d in m.distributions()))
`;
