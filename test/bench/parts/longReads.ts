import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { connect, type TrackingClient } from './trackingClient.ts';

/** A request that takes long: the path, and the body of a POST. */
export type LongRead = readonly [path: string, body?: object];

const data = z.object({
  origin: z.string(),
  headers: z.record(z.string(), z.string()),
  reads: z.array(z.union([z.tuple([z.string()]), z.tuple([z.string(), z.record(z.string(), z.unknown())])])),
});

/** Makes a read and takes its answer apart. */
export function makeRead(client: TrackingClient, [path, body]: LongRead): Promise<unknown> {
  return body === undefined ? client.get(path) : client.post(path, body);
}

/** Reads without pause in a thread of its own, as another program does; resolves once it has begun, with what ends it. */
export async function readWithoutPause({ origin, headers }: TrackingClient, reads: readonly LongRead[]): Promise<() => Promise<unknown>> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { origin, headers, reads } });
  await once(worker, 'message');
  return () => worker.terminate();
}

if (!isMainThread) {
  const { origin, headers, reads } = data.parse(workerData);
  const client = connect(origin, headers);
  for (;;) {
    for (const read of reads) {
      await makeRead(client, read);
      parentPort?.postMessage('read');
    }
  }
}
