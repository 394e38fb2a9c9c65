import { z } from 'zod';
import { shortDigest } from '../contract/format/digests.ts';
import type { MlflowClient } from '../mlflow/client/mlflowClient.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/errors.ts';
import type { Jobs } from '../platform/jobs/jobs.ts';
import { createServerWriter } from '../mlflow/client/serverWriter.ts';
import type { StoreReader } from '../mlflow/client/storeReader.ts';
import { serverRetry } from './serverRetry.ts';
import type { SharedServers } from './servers.ts';

/**
 * Captured runs are recorded on this machine, whatever the network does, and published to the shared server as ordinary runs: their name,
 * params, metrics, tags and state. The cells with their outputs stay here.
 */
export interface CapturePublisher {
  /** A captured run changed; it is published soon where a shared server is in use. */
  changed(runId: string): void;
  /** The captured run of this machine that a run of a server is the copy of. */
  localId(remoteId: string): string | undefined;
  /** The run that a captured run is published as. */
  remoteId(runId: string, server: string): string | undefined;
  /** What was not published yet, with why not. */
  waiting(): string[];
  /** Publishes what waits now: a login was given, or the companion has started. */
  tryNow(): void;
}

export interface CapturePublisherOptions {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly servers: SharedServers;
  /** Reads this machine's own runs. */
  readonly source: () => StoreReader;
  /** Name of an experiment of this machine. */
  readonly experimentName: (experimentId: string) => string;
  /** Called when something was published, or what waits has changed. */
  readonly published: () => void;
}

/** Cells come in bursts. */
const quietMilliseconds = 1500;
/** As many as MLflow takes at once. */
const pointsPerCall = 1000;

/** What a server has of a captured run. */
interface Copy {
  readonly remote_id: string;
  readonly points: number;
}

export function createCapturePublisher({ database, jobs, servers, source, experimentName, published }: CapturePublisherOptions): CapturePublisher {
  const name = database.prepare<[string, string, string]>(
    'INSERT INTO remote_captures (run_id, server, remote_id) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET remote_id = excluded.remote_id',
  );
  const setPoints = database.prepare<[number, string, string]>('UPDATE remote_captures SET points = ? WHERE run_id = ? AND server = ?');
  const byRemote = database.prepare<[string], { run_id: string }>('SELECT run_id FROM remote_captures WHERE remote_id = ?');
  const byLocal = database.prepare<[string, string], Copy>(
    'SELECT remote_id, points FROM remote_captures WHERE run_id = ? AND server = ? AND remote_id IS NOT NULL',
  );
  /** The server whose captured runs are not held. */
  let inUse: string | undefined;

  const publish = async (runId: string, server: string, client: MlflowClient): Promise<void> => {
    const reader = source();
    const run = await reader.run('', runId);
    if (run?.stage !== 'active') {
      return;
    }
    const before = byLocal.get(runId, server);
    const writer = createServerWriter(client);
    const experiment = { id: '', name: experimentName(run.experimentId), stage: 'active', createdAt: run.startedAt, updatedAt: run.startedAt, tags: new Map<string, string>() } as const;
    const { id: experimentId } = await writer.experiment(experiment, undefined);
    const { id: remoteId } = await writer.run(run, experimentId, before?.remote_id, true);
    name.run(runId, server, remoteId);
    let points = 0;
    for await (const lot of reader.points(run)) {
      points += lot.length;
      // The same points are one: all of them go again when there are more.
      for (let from = 0; points > (before?.points ?? 0) && from < lot.length; from += pointsPerCall) {
        await writer.points(experimentId, remoteId, lot.slice(from, from + pointsPerCall), () => undefined);
      }
    }
    await writer.finishRun(remoteId, run);
    setPoints.run(points, runId, server);
  };

  const runs = jobs.register({
    kind: 'tracking-server.capture',
    payload: z.object({ runId: z.string() }),
    // Those of a server that is not in use wait until it is again; whatever else is in the way passes.
    retry: { ...serverRetry, judge: (error) => (Problem.is(error, 'conflict') && error.field === 'server' ? 'held' : 'again') },
    async run({ key: url, payload: { runId } }) {
      const server = servers.current();
      if (server?.url !== url) {
        throw new Problem('conflict', 'Another server is in use.', { field: 'server' });
      }
      await server.ask((client) => publish(runId, url, client));
    },
    tried: published,
  });

  return {
    changed(runId) {
      const server = servers.current();
      if (server === undefined) {
        return;
      }
      if (server.url !== inUse) {
        inUse = server.url;
        runs.hurry(server.url);
      }
      runs.add({ key: server.url, subject: runId, payload: { runId }, dueAt: Date.now() + quietMilliseconds });
    },
    localId: (remoteId) => byRemote.get(remoteId)?.run_id,
    remoteId: (runId, server) => byLocal.get(runId, server)?.remote_id,
    waiting: () =>
      runs
        .open()
        .flatMap(({ key: server, payload: { runId }, state, failure }) =>
          failure === undefined || state === 'held' ? [] : [`The captured run ${shortDigest(runId)} is not on ${server} yet: ${failure}`],
        ),
    tryNow: () => runs.hurry(),
  };
}
