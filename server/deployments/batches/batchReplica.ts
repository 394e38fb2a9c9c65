import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { z } from 'zod';
import type { Release } from '../../contract/releases.ts';
import { messageOf, Problem } from '../../platform/errors.ts';
import { replicaKeyHeader } from '../../platform/http/replicaKey.ts';
import type { Timing } from '../../platform/timing.ts';
import { callModelServer, failureText, type ModelServerAnswer } from '../replicas/modelServer.ts';
import type { Progress, Releases } from '../replicas/ports.ts';
import type { ReplicaKeys } from '../replicas/replicaKeys.ts';
import type { ReleaseSecrets } from '../replicas/releaseSecrets.ts';
import type { ReplicaRecord } from '../replicas/replicaTable.ts';
import { waitUntilReady } from '../replicas/waitUntilReady.ts';
import type { Targets } from '../targets/targets.ts';

export interface BatchReplicaParts {
  readonly targets: Targets;
  readonly keys: ReplicaKeys;
  readonly releases: Pick<Releases, 'folder'>;
  readonly secrets: Pick<ReleaseSecrets, 'of'>;
  readonly timing: Pick<Timing, 'ready'>;
  /** Ids of those that run now, which no search for unknown replicas may end. */
  readonly running: Set<string>;
}

/** How a chunk is read and its rows are written. */
export interface ChunkForm {
  readonly source: string;
  readonly output: string;
  /** Null for all columns. */
  readonly keep: readonly string[] | null;
}

const head = z.object({
  rows: z.number().int(),
  /** Null where no row was scored. */
  columns: z.array(z.string()).nullable(),
  /** Number in the chunk from 0 on, column, value and reason. */
  rejects: z.array(z.tuple([z.number().int(), z.string(), z.string(), z.string()])),
});

/** What came of a chunk: `body` has the lines of the output. */
export interface ScoredChunk extends z.infer<typeof head> {
  readonly body: Buffer;
}

/** A replica of a release that gets no traffic. */
export interface BatchReplica {
  /** Host and port, and the key that it asks of callers: `platform/http/replicaKey.ts`. */
  readonly address: string;
  readonly key: string;
  /** @throws Problem for a chunk that is refused as a whole; `unavailable` when the replica is gone */
  score(chunk: Buffer, form: ChunkForm, signal: AbortSignal): Promise<ScoredChunk>;
  /** One request of JSON. */
  ask(path: string, body: string, milliseconds: number, signal: AbortSignal): Promise<ModelServerAnswer>;
  stop(): Promise<void>;
}

/**
 * Starts a replica for a batch and waits until its model is loaded. One that outlives this companion is ended by the next, which does not know it.
 * @param endpoint as which it is labelled
 */
export async function startBatchReplica(
  { targets, keys, releases, secrets, timing, running }: BatchReplicaParts,
  { release, target: kind, endpoint }: { readonly release: Release; readonly target: string; readonly endpoint: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<BatchReplica> {
  const target = targets.of(kind);
  const id = `b${randomBytes(5).toString('hex')}`;
  const environment = await target.prepare(release, progress, signal);
  const given = secrets.of(release.serving);
  signal.throwIfAborted();
  running.add(id);
  let record: ReplicaRecord = {
    id, endpoint, release: release.digest, target: kind, state: 'starting', addresses: [], handle: undefined, identity: undefined, startedAt: Date.now(),
    readyAt: undefined, restarts: 0, retryAt: undefined, retiring: false, message: undefined, isolation: undefined,
  };
  const key = keys.make(id);
  const stop = async (): Promise<void> => {
    try {
      await target.stop(record);
      await target.forget(record);
    } finally {
      keys.forget(id);
      running.delete(id);
    }
  };
  try {
    const started = await target.start({ id, endpoint, release, folder: releases.folder(release.digest), environment, secrets: given, key, scoresBatches: true });
    record = { ...record, handle: started.handle, identity: started.identity, addresses: started.addresses };
    progress('Loading the model');
    await waitUntilReady(
      { replica: () => record, key: () => key, observe: () => target.observe(record), targets, memoryMegabytes: release.serving.memoryMegabytes, milliseconds: timing.ready },
      signal,
    );
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  const [address = ''] = record.addresses;
  return {
    address,
    key,
    score: (chunk, form, cancelled) => askChunk(address, key, chunk, form, cancelled),
    ask: (path, body, milliseconds, cancelled) => callModelServer(address, path, { key, body, milliseconds, signal: cancelled }),
    stop,
  };
}

async function askChunk(address: string, key: string, chunk: Buffer, form: ChunkForm, signal: AbortSignal): Promise<ScoredChunk> {
  const { status, body } = await post(`http://${address}/batches/chunk?asked=${encodeURIComponent(JSON.stringify(form))}`, key, chunk, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new Problem('unavailable', `The replica of the batch does not answer: ${messageOf(error)}.`, { cause: error });
  });
  if (status !== 200) {
    throw new Problem(status >= 500 ? 'unavailable' : 'invalid-input', failureText({ status, headers: {}, body: body.toString('utf8') }));
  }
  const end = body.indexOf('\n');
  return { ...head.parse(JSON.parse(body.toString('utf8', 0, end))), body: body.subarray(end + 1) };
}

/** Each chunk has a connection of its own, which the worker takes that is free. */
function post(url: string, key: string, chunk: Buffer, signal: AbortSignal): Promise<{ readonly status: number; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent: false, signal, headers: { [replicaKeyHeader]: key, 'content-type': 'application/octet-stream', 'content-length': chunk.length } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
    });
    call.on('error', reject);
    call.end(chunk);
  });
}
