import { shortDigest } from '../contract/format/digests.ts';
import type { Database } from '../platform/database/database.ts';
import type { Log } from '../platform/log.ts';
import type { StoreReader } from '../transfer/store.ts';
import { createServerWriter } from '../transfer/serverWriter.ts';
import type { MlflowClient } from '../mlflow/client/mlflowClient.ts';
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
  publish(): Promise<void>;
  start(): void;
  stop(): void;
}

interface Row {
  readonly run_id: string;
  readonly server: string;
  readonly remote_id: string | null;
  readonly points: number;
  readonly failure: string | null;
}

export interface CapturePublisherOptions {
  readonly database: Database;
  readonly servers: SharedServers;
  /** Reads this machine's own runs. */
  readonly source: () => StoreReader;
  /** Name of an experiment of this machine. */
  readonly experimentName: (experimentId: string) => string;
  readonly log: Log;
  /** Called when something was published, or what waits has changed. */
  readonly published: () => void;
}

/** Cells come in bursts. */
const quietMilliseconds = 1500;
const retryMilliseconds = 15_000;
/** As many as MLflow takes at once. */
const pointsPerCall = 1000;

/** States of a row: changed since it was published last, published, being published. */
const [isChanged, isDone, isOnItsWay] = [0, 1, 2];

export function createCapturePublisher({ database, servers, source, experimentName, log, published }: CapturePublisherOptions): CapturePublisher {
  const touch = database.prepare<[string, string]>(
    `INSERT INTO remote_captures (run_id, server) VALUES (?, ?) ON CONFLICT DO UPDATE SET done = ${isChanged}`,
  );
  const pending = database.prepare<[string], Row>(`SELECT * FROM remote_captures WHERE server = ? AND done = ${isChanged}`);
  const unpublished = database.prepare<[], Row>(`SELECT * FROM remote_captures WHERE done <> ${isDone}`);
  const setState = database.prepare<[number, string, string]>('UPDATE remote_captures SET done = ?, failure = NULL WHERE run_id = ? AND server = ?');
  const finish = database.prepare<[number, string, string]>(
    `UPDATE remote_captures SET done = ${isDone}, points = ?, failure = NULL WHERE run_id = ? AND server = ? AND done = ${isOnItsWay}`,
  );
  const fail = database.prepare<[string, string, string]>(`UPDATE remote_captures SET done = ${isChanged}, failure = ? WHERE run_id = ? AND server = ?`);
  const reopen = database.prepare(`UPDATE remote_captures SET done = ${isChanged} WHERE done = ${isOnItsWay}`);
  const name = database.prepare<[string, string, string]>('UPDATE remote_captures SET remote_id = ? WHERE run_id = ? AND server = ?');
  const forget = database.prepare<[string]>('DELETE FROM remote_captures WHERE run_id = ? AND remote_id IS NULL');
  const byRemote = database.prepare<[string], { run_id: string }>('SELECT run_id FROM remote_captures WHERE remote_id = ?');
  const byLocal = database.prepare<[string, string], { remote_id: string | null }>('SELECT remote_id FROM remote_captures WHERE run_id = ? AND server = ?');
  let publishing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const publishRun = async (row: Row, client: MlflowClient): Promise<void> => {
    const reader = source();
    const run = await reader.run('', row.run_id);
    if (run?.stage !== 'active') {
      forget.run(row.run_id);
      setState.run(isDone, row.run_id, row.server);
      return;
    }
    const writer = createServerWriter(client);
    const experiment = { id: '', name: experimentName(run.experimentId), stage: 'active', createdAt: run.startedAt, updatedAt: run.startedAt, tags: new Map<string, string>() } as const;
    const { id: experimentId } = await writer.experiment(experiment, undefined);
    const { id: remoteId } = await writer.run(run, experimentId, row.remote_id ?? undefined, true);
    if (stopped) {
      return;
    }
    name.run(remoteId, row.run_id, row.server);
    let points = 0;
    for await (const lot of reader.points(run)) {
      points += lot.length;
      // The same points are one: all of them go again when there are more.
      for (let from = 0; points > row.points && from < lot.length; from += pointsPerCall) {
        await writer.points(experimentId, remoteId, lot.slice(from, from + pointsPerCall), () => undefined);
      }
    }
    await writer.finishRun(remoteId, run);
    if (!stopped) {
      finish.run(points, row.run_id, row.server);
    }
  };

  const publishAll = async (): Promise<void> => {
    const server = servers.current();
    const rows = server === undefined ? [] : pending.all(server.url);
    let failed = false;
    for (const row of rows) {
      if (stopped || failed) {
        break;
      }
      setState.run(isOnItsWay, row.run_id, row.server);
      try {
        await server?.ask((client) => publishRun(row, client));
      } catch (error) {
        failed = true;
        if (!stopped) {
          fail.run(error instanceof Error ? error.message : String(error), row.run_id, row.server);
        }
      }
    }
    if (rows.length > 0 && !stopped) {
      published();
    }
    if (failed) {
      later(retryMilliseconds);
    }
  };
  const publish = (): Promise<void> => {
    publishing ??= publishAll().finally(() => {
      publishing = undefined;
    });
    return publishing;
  };
  const later = (milliseconds: number): void => {
    if (!stopped) {
      clearTimeout(timer);
      timer = setTimeout(() => void publish().catch((error: unknown) => log.error('publishing captured runs', error)), milliseconds);
      timer.unref();
    }
  };

  return {
    changed(runId) {
      const server = servers.current();
      if (server !== undefined) {
        touch.run(runId, server.url);
        later(quietMilliseconds);
      }
    },
    localId: (remoteId) => byRemote.get(remoteId)?.run_id,
    remoteId: (runId, server) => byLocal.get(runId, server)?.remote_id ?? undefined,
    waiting: () => unpublished.all().flatMap(({ run_id: runId, server, failure }) => (failure === null ? [] : [`The captured run ${shortDigest(runId)} is not on ${server} yet: ${failure}`])),
    publish,
    start() {
      reopen.run();
      later(0);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
