import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { percentile } from '../demo/load.ts';
import { step } from '../setup/step.mjs';
import type { Bench, RowDeclaration, Sample, Trial } from './benchmark.ts';
import { memoryOfTree } from './parts/memory.ts';
import { pause } from './parts/processes.ts';
import { preparePython } from './parts/python.ts';
import { metricOf, repeat } from './parts/trackingClient.ts';
import { seedHome, seedMlflow, type Size } from './parts/trackingData.ts';
import { reading, readingRows } from './parts/trackingReading.ts';
import { companionCommand, companionHeaders, mlflowCommand, mlflowDatabase, withServer, type Side } from './parts/trackingServers.ts';
import { transferring, transferRows } from './parts/trackingTransfer.ts';

const seconds = 3;
const warmUps = 5;
const settleMilliseconds = 3000;
const manyClients = 32;
const pointsPerBatch = 1000;
const curveSteps = 100_000;

const common: Size = { runs: 10_000, points: 10, curve: curveSteps };
const large: Size = { runs: 100_000, points: 10, curve: curveSteps };

/** One client, batches, and many clients that log. */
function logging(side: Side): Promise<Sample> {
  return withServer(side, async (open) => {
    const alone = open();
    const runId = await alone.createRun();
    const log = (count: number): Promise<unknown> => alone.post('/runs/log-metric', metricOf(runId, count));
    for (let count = 0; count < warmUps; count += 1) {
      await log(1e6 + count);
    }
    const single = await repeat(1, seconds, (_, count) => log(count));
    const batches = await repeat(1, seconds, (_, count) =>
      alone.post('/runs/log-batch', {
        run_id: runId,
        metrics: Array.from({ length: pointsPerBatch }, (__, index) => ({
          key: `metric_${index % 10}`,
          value: index / 7,
          timestamp: Date.now(),
          step: count * pointsPerBatch + index,
        })),
      }),
    );
    const crowd = open(manyClients);
    const runIds: string[] = [];
    while (runIds.length < manyClients) {
      runIds.push(await alone.createRun());
    }
    let refused = 0;
    const many = await repeat(manyClients, seconds, (client, count) =>
      // MLflow refuses when none of its database connections gets free in time.
      crowd.post('/runs/log-metric', metricOf(runIds[client] ?? runId, count)).catch(() => {
        refused += 1;
      }),
    );
    return {
      p50: percentile(single.times, 0.5),
      rate: (single.times.length / single.elapsed) * 1000,
      batch: ((batches.times.length * pointsPerBatch) / batches.elapsed) * 1000,
      crowd: ((many.times.length - refused) / many.elapsed) * 1000,
      refused,
      late: percentile(many.times, 0.99),
    };
  });
}

const loggingRows: readonly RowDeclaration[] = [
  { key: 'p50', work: 'log-metric, 1 client, p50', unit: 'ms', goal: { kind: 'at-most', value: 1 } },
  { key: 'rate', work: 'log-metric, 1 client', unit: 'req/s', goal: { kind: 'at-least', value: 1000 } },
  { key: 'batch', work: 'log-batch of 1,000, 1 client', unit: 'metrics/s', goal: { kind: 'at-least', value: 60_000 } },
  { key: 'crowd', work: `log-metric, ${manyClients} clients`, unit: 'req/s', goal: { kind: 'at-least', value: 3000 } },
  { key: 'refused', work: `log-metric, ${manyClients} clients, refused`, unit: 'req', goal: { kind: 'at-most', value: 0 } },
  { key: 'late', work: `log-metric, ${manyClients} clients, p99`, unit: 'ms', goal: { kind: 'at-most', value: 50 } },
];

/** Start on a used home, and memory once idle. */
function starting(side: Side): Promise<Sample> {
  return withServer(side, async (_, server) => {
    await pause(settleMilliseconds);
    return { start: server.startMilliseconds / 1000, memory: memoryOfTree(server.pid) };
  });
}

export const tracking: Bench = {
  name: 'tracking',
  summary: 'logging, searching, curves and artifacts against mlflow server; --full: 100,000 runs and 1 GB too',
  rounds: 3,
  async prepare({ full }) {
    const python = await preparePython();
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
    const homeOf = (name: string): string => {
      const home = path.join(folder, name);
      mkdirSync(home);
      return home;
    };
    const companion = (name: string): Side => {
      const home = homeOf(name);
      return { home, command: () => companionCommand(home), headers: () => companionHeaders(home), panels: true };
    };
    const mlflow = (name: string, workers?: number): Side => {
      const home = homeOf(name);
      return { home, command: () => mlflowCommand(python, home, workers), headers: () => ({}), panels: false };
    };
    const peerName = 'mlflow server, 1 worker, sqlite, no jobs';
    const defaultName = 'mlflow server, its default workers, sqlite, no jobs';

    const ours = companion('ours');
    const peer = mlflow('peer', 1);
    const many = mlflow('many');
    const seeded = companion('seeded');
    const seededPeer = mlflow('seeded-peer', 1);
    // A start makes the schema; a first start is no part of any measurement.
    await step('Starting each server once', async () => {
      for (const side of [ours, peer, many, seededPeer]) {
        await withServer(side, () => Promise.resolve({}));
      }
    });
    const curve = await step('Writing 10,000 runs to each store', () =>
      Promise.resolve({ ours: seedHome(seeded.home, common), peer: seedMlflow(mlflowDatabase(seededPeer.home), common) }),
    );
    const fileBytes = full ? 1e9 : 2e8;
    const trials: Trial[] = [
      { rows: loggingRows, ours: () => logging(ours), peer: { name: peerName, measure: () => logging(peer) } },
      { rows: loggingRows, ours: () => logging(ours), peer: { name: defaultName, measure: () => logging(many) } },
      {
        rows: readingRows(common, 30),
        ours: () => reading(seeded, () => curve.ours),
        peer: { name: peerName, measure: () => reading(seededPeer, () => curve.peer) },
      },
      {
        rows: transferRows(fileBytes),
        ours: () => transferring(ours, fileBytes),
        peer: { name: peerName, measure: () => transferring(peer, fileBytes) },
        rounds: full ? 1 : 2,
      },
      {
        rows: [
          { key: 'start', work: 'server start to /health, used home', unit: 's', goal: { kind: 'at-most', value: 0.3 } },
          { key: 'memory', work: 'server idle memory', unit: 'MB', goal: { kind: 'at-most', value: 120 } },
        ],
        ours: () => starting(ours),
        peer: { name: peerName, measure: () => starting(peer) },
      },
    ];
    if (full) {
      const largest = companion('large');
      const long = await step('Writing 100,000 runs with 10 million points', () => Promise.resolve(seedHome(largest.home, large)));
      trials.push({ rows: readingRows(large, 100), ours: () => reading(largest, () => long) });
    }
    return {
      trials,
      close: () => {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
        return Promise.resolve();
      },
    };
  },
};
