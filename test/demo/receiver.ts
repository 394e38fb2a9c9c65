import { createServer } from 'node:http';
import { z } from 'zod';

/** What the webhook of an alert channel says. */
const alertMessage = z.object({ event: z.string(), endpoint: z.string(), severity: z.string(), title: z.string() });

export interface Received extends z.infer<typeof alertMessage> {
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A server on this machine that takes messages of a webhook, as somebody's on-call tool would. */
export interface Receiver {
  readonly url: string;
  /** The first message that says something, also one that has come already. Waits at most so many milliseconds. */
  next(says: (message: Received) => boolean, milliseconds: number): Promise<Received | undefined>;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let arrived = (): void => undefined;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      received.push({ at: Date.now(), ...alertMessage.parse(JSON.parse(Buffer.concat(parts).toString('utf8'))) });
      response.end();
      arrived();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/incidents`,
    next: (says, milliseconds) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = received.find(says);
          if (found !== undefined) {
            clearTimeout(timer);
            resolve(found);
          }
        };
        const timer = setTimeout(() => {
          resolve(undefined);
        }, milliseconds);
        arrived = look;
        look();
      }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
