import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { plural } from '../../server/contract/format/plural.ts';
import { freePort } from '../../server/deployments/targets/process/freePort.ts';
import { processorSeconds } from '../harness/processorSeconds.ts';
import { root, run, step } from '../setup/step.mjs';
import type { Bench, RowDeclaration, Sample, Trial } from './benchmark.ts';
import { memoryOfTree, privateOfTree } from './parts/memory.ts';
import { startServer } from './parts/processes.ts';
import { treeOf } from './parts/processTree.ts';
import { gatewayProxy } from './parts/proxies.ts';
import { preparePython } from './parts/python.ts';
import { findServingPeers, ourServer, servedRow, type LaidOut, type ServedModel } from './parts/servingPeers.ts';
import { prepareWrk, type Wrk, type WrkRequest } from './parts/wrk.ts';

const warmUpSeconds = 1;
const measuredSeconds = 4;
const connections = [1, 16, 64];

/** By the names of `serving_models.py`; the first is measured in any case, all with `--full`. */
const models = { pipeline: 'ColumnTransformer pipeline', logistic: 'logistic regression', forest: '200 trees', xgboost: 'xgboost' } as const;

function loadRows(model: string): RowDeclaration[] {
  return connections.flatMap((count): RowDeclaration[] => {
    const work = `${model}, one row, ${plural(count, 'connection')}`;
    return [
      { key: `rate${count}`, work, unit: 'req/s', ...(count === 64 ? { goal: { kind: 'ratio-at-least', value: 5 } as const } : {}) },
      { key: `middle${count}`, work: `${work}, p50`, unit: 'ms' },
      { key: `late${count}`, work: `${work}, p99`, unit: 'ms', goal: { kind: 'ratio-at-most', value: 1 } },
      { key: `cpu${count}`, work: `${work}, CPU per request`, unit: 'us', ...(count === 1 ? { goal: { kind: 'ratio-at-most', value: 0.25 } as const } : {}) },
    ];
  });
}

function serverRows(model: string): RowDeclaration[] {
  return [
    ...loadRows(model),
    { key: 'start', work: `${model}, start to the first good answer`, unit: 's', goal: { kind: 'ratio-at-most', value: 0.5 } },
    { key: 'memory', work: `${model}, memory after the load`, unit: 'MB' },
    { key: 'further', work: `${model}, private memory of a further replica`, unit: 'MB', goal: { kind: 'at-most', value: 40 } },
  ];
}

async function underLoad(wrk: Wrk, request: WrkRequest, pids: readonly number[]): Promise<Sample> {
  const spent = (): number => pids.flatMap((pid) => treeOf(pid)).reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const sample: Record<string, number> = {};
  for (const count of connections) {
    await wrk.load(request, count, warmUpSeconds);
    const before = spent();
    const { requests, seconds, p50, p99 } = await wrk.load(request, count, measuredSeconds);
    Object.assign(sample, { [`rate${count}`]: requests / seconds, [`middle${count}`]: p50, [`late${count}`]: p99, [`cpu${count}`]: ((spent() - before) * 1e6) / requests });
  }
  return sample;
}

/** @param serve prepares one more server of the same model */
async function measureServer(wrk: Wrk, serve: () => Promise<ServedModel>): Promise<Sample> {
  const begin = async (): Promise<{ readonly server: Awaited<ReturnType<typeof startServer>>; readonly request: WrkRequest }> => {
    const { command, path: place, body } = await serve();
    return { server: await startServer(command), request: { url: new URL(place, command.health).href, body } };
  };
  const { server, request } = await begin();
  try {
    const loaded = await underLoad(wrk, request, [server.pid]);
    const memory = memoryOfTree(server.pid);
    const further = await begin();
    try {
      await wrk.load(further.request, 16, warmUpSeconds);
      return { ...loaded, start: server.startMilliseconds / 1000, memory, further: privateOfTree(further.server.pid) };
    } finally {
      await further.server.stop();
    }
  } finally {
    await server.stop();
  }
}

/** Ours through the gateway, both on the one processor that a model server has alone otherwise. */
async function measureThroughGateway(wrk: Wrk, folder: string, { command, path: place, body }: ServedModel): Promise<Sample> {
  const server = await startServer(command);
  try {
    const port = await freePort();
    const { server: gatewayServer, url } = gatewayProxy({ folder: path.join(folder, `gateway-${port}`), port, behind: Number(new URL(command.health).port), bodies: true });
    const gateway = await startServer(gatewayServer);
    try {
      return await underLoad(wrk, { url: `${url.slice(0, url.lastIndexOf('/'))}${place}`, body }, [server.pid, gateway.pid]);
    } finally {
      await gateway.stop();
    }
  } finally {
    await server.stop();
  }
}

/** Ours is measured once a round for all peers of a model. */
function oncePerRound(measureOurs: () => Promise<Sample>): () => () => Promise<Sample> {
  const rounds: Promise<Sample>[] = [];
  return () => {
    let round = 0;
    return () => {
      const measured = (rounds[round] ??= measureOurs());
      round += 1;
      return measured;
    };
  };
}

export const serving: Bench = {
  name: 'serving',
  summary: 'the model server on one processor beside MLServer, BentoML, LitServe, FastAPI and MLflow (--full: four models)',
  rounds: 3,
  async prepare({ full }) {
    const python = await preparePython();
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
    const wrk = await prepareWrk(folder);
    const peers = await findServingPeers(python);
    const wanted = Object.entries(models).slice(0, full ? undefined : 1);
    await step('Training the models', () =>
      run(python, [path.join(root, 'test/bench/parts/serving_models.py'), folder, ...wanted.map(([name]) => name)], {
        env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONPATH: path.join(root, 'test/python/model_server') },
        cwd: folder,
      }),
    );
    const trialsOf = ([name, label]: readonly [string, string]): Trial[] => {
      const laidOut: LaidOut = { folder: path.join(folder, name), row: servedRow.parse(JSON.parse(readFileSync(path.join(folder, name, 'row.json'), 'utf8'))) };
      const ours = oncePerRound(() => measureServer(wrk, () => ourServer(python, laidOut)));
      return [
        ...peers.map((peer): Trial => ({ rows: serverRows(label), ours: ours(), peer: { name: peer.name, measure: () => measureServer(wrk, () => peer.serve(laidOut)) } })),
        { rows: loadRows(`${label}, through the gateway`), ours: async () => measureThroughGateway(wrk, folder, await ourServer(python, laidOut)) },
      ];
    };
    return {
      trials: wanted.flatMap(trialsOf),
      close: () => {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
        return Promise.resolve();
      },
    };
  },
};
