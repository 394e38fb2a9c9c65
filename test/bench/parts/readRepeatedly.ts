import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';

const data = z.object({ url: z.string(), times: z.number() });
const done = z.object({ bytes: z.number() });

/**
 * Reads a URL so often, one time after the other, from a thread of its own.
 * @returns bytes of the last answer
 * @throws when an answer is not 200
 */
export async function readRepeatedly(url: string, times: number): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { url, times } });
  const [message] = z.tuple([done]).parse(await once(worker, 'message'));
  await worker.terminate();
  return message.bytes;
}

if (!isMainThread) {
  const { url, times } = data.parse(workerData);
  let bytes = 0;
  for (let count = 0; count < times; count += 1) {
    const answer = await fetch(url);
    if (!answer.ok) {
      throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
    }
    bytes = (await answer.arrayBuffer()).byteLength;
  }
  parentPort?.postMessage({ bytes });
}
