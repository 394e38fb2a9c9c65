import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { toProblem } from './platform/errors.ts';
import { createMlflowReads, type MlflowRead } from './mlflow/reads.ts';
import { createKernelEnvironments } from './notebooks/kernelEnvironment.ts';
import { createRegistryReads, type RegistryRead } from './registry/local/reads.ts';
import { createDiskBlobReader } from './artifacts/disk/diskBlobs.ts';
import { openDatabase } from './platform/database/database.ts';
import type { StatementTime } from './platform/database/statementTime.ts';
import { createTrackingReads, type TrackingRead } from './tracking/local/reads.ts';
import { openReadStores } from './tracking/local/readStores.ts';
import type { FromReader, ToReader } from './platform/threads/messages.ts';
import { stepBehind } from './platform/threads/priority.ts';

if (parentPort === null) {
  throw new Error('runs as a worker of the companion');
}
const channel = parentPort;
const { database: file, blobs, stepsBehind, deadline } = z
  .object({ database: z.string(), blobs: z.string(), stepsBehind: z.boolean(), deadline: z.number() })
  .parse(workerData);
if (stepsBehind) {
  stepBehind();
}
const statementTime: StatementTime = { until: Infinity };
const database = openDatabase(file, { readonly: true, statementTime });
const stores = openReadStores(database, createDiskBlobReader(blobs));
const mlflow = createMlflowReads(database, stores);
const tracking = createTrackingReads(stores, createKernelEnvironments(database));
const registry = createRegistryReads(database, stores);
channel.postMessage({ type: 'ready' } satisfies FromReader);

/** Everything that reader threads answer. */
export type CompanionRead = TrackingRead | RegistryRead | MlflowRead;

type Answer = Iterator<string, string> | AsyncIterator<string, string>;

function begin(read: CompanionRead): Answer {
  switch (read.surface) {
    case 'mlflow':
      return mlflow(read);
    case 'registry':
      return registry(read);
    case 'tracking':
      return tracking(read);
  }
}

/** Answers under way. The pieces of several are made in turn, as they are asked for. */
const open = new Map<number, Answer>();

const encoder = new TextEncoder();

/** Makes the first or the next piece. */
async function advance(id: number, take: () => Answer | undefined): Promise<void> {
  try {
    statementTime.until = performance.now() + deadline;
    const answer = take();
    if (answer === undefined) {
      return;
    }
    open.set(id, answer);
    const { value, done } = await answer.next();
    const last = done === true;
    if (last) {
      open.delete(id);
    }
    const bytes = encoder.encode(value);
    channel.postMessage({ type: 'piece', id, bytes, last } satisfies FromReader, [bytes.buffer]);
  } catch (error) {
    open.delete(id);
    const { reason, message, field, remedy } = toProblem(error);
    channel.postMessage({ type: 'failure', id, reason, message, field, remedy } satisfies FromReader);
  }
}

channel.on('message', (message: ToReader<CompanionRead>) => {
  const { id } = message;
  switch (message.type) {
    case 'read':
      void advance(id, () => begin(message.read));
      return;
    case 'more':
      void advance(id, () => open.get(id));
      return;
    case 'cancel':
      void open.get(id)?.return?.('');
      open.delete(id);
  }
});
