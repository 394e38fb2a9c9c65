import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { companionStatus } from '../../../server/contract/companion.ts';
import { describedTarget } from '../../../server/contract/deployments.ts';
import { commandLine, type CommandLine } from '../../harness/commandLine.ts';

/** A Docker engine's socket at which somebody takes calls and never answers, as an engine that hangs. */
async function listenMutely(file: string): Promise<{ close: () => Promise<void> }> {
  const calls = new Set<Socket>();
  const server: Server = createServer((call) => calls.add(call));
  await new Promise<void>((resolve) => server.listen(file, resolve));
  return {
    close: () => {
      calls.forEach((call) => call.destroy());
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

describe('a dead Docker engine', () => {
  let folder: string;
  let socket: string;
  let slipway: CommandLine;
  let client: CompanionClient;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-engine-'));
    socket = path.join(folder, 'docker.sock');
    const home = path.join(folder, 'home');
    mkdirSync(home);
    writeFileSync(path.join(home, 'settings.json'), JSON.stringify({ dockerHost: `unix://${socket}` }));
    slipway = commandLine(home);
    assert.equal((await slipway.run(['serve'])).code, 0);
    const lock = await discoverCompanion(home);
    assert.ok(lock !== undefined);
    client = createCompanionClient(lock);
    await registerModel(client);
  });
  after(async () => {
    await slipway.run(['stop', '--endpoints']);
    rmSync(folder, { recursive: true, force: true });
  });

  const deployOnce = async (): Promise<void> => {
    const { code, stdout } = await slipway.run(['deploy', 'tiny', '--target', 'docker']);
    assert.equal(code, 5, stdout);
    assert.match(stdout, new RegExp(`^failed preflight: .*${socket}`));
    assert.match(stdout, /Docker|engine|Podman/);
    assert.match(stdout, /Start|start|set /, 'what to do about it');
    assert.equal(stdout.trimEnd().split('\n').length, 1, stdout);
    assert.deepEqual(readdirSync(path.join(folder, 'home', 'releases')), [], 'nothing was packaged');
  };

  it('is said by status, which works nevertheless', async () => {
    const { code, value } = await slipway.json(['status']);
    assert.equal(code, 0);
    const { targets } = companionStatus.extend({ targets: z.array(describedTarget) }).parse(value);
    const docker = targets.find(({ kind }) => kind === 'docker');
    assert.equal(docker?.available, false);
    assert.match(docker?.detail ?? '', new RegExp(socket));
    assert.ok(targets.some(({ kind, available }) => kind === 'process' && available));
  });

  it('fails a deploy at once with 5 and one message that names it', deployOnce);

  it('fails a deploy in the same way when it takes the call and never answers', async () => {
    assert.equal(existsSync(socket), false);
    const engine = await listenMutely(socket);
    try {
      await deployOnce();
    } finally {
      await engine.close();
    }
  });

  it('leaves the endpoint for a later try', async () => {
    const endpoint = await client.call('getEndpoint', { name: 'tiny' });
    assert.equal(endpoint.liveRelease, undefined);
    assert.equal(endpoint.rollout?.state, 'failed');
    assert.equal((await slipway.run(['delete-endpoint', 'tiny', '--even-if-busy'])).code, 0);
  });
});

/** A model version that is never served: its files are not looked at before the engine is. */
async function registerModel({ baseUrl, lock }: CompanionClient): Promise<void> {
  const ask = async (method: string, route: string, body: string): Promise<unknown> => {
    const answer = await fetch(`${baseUrl}/api/2.0/${route}`, { method, headers: { authorization: `Bearer ${lock.token}`, 'content-type': 'application/json' }, body });
    assert.equal(answer.status, 200, route);
    return answer.json();
  };
  const created = await ask('POST', 'mlflow/runs/create', JSON.stringify({ experiment_id: '0', start_time: 1 }));
  const { run_id: runId } = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }).parse(created).run.info;
  await ask('PUT', `mlflow-artifacts/artifacts/0/${runId}/artifacts/model/MLmodel`, 'flavors: {}\n');
  await ask('POST', 'mlflow/registered-models/create', JSON.stringify({ name: 'tiny' }));
  await ask('POST', 'mlflow/model-versions/create', JSON.stringify({ name: 'tiny', source: `mlflow-artifacts:/0/${runId}/artifacts/model`, run_id: runId }));
}
