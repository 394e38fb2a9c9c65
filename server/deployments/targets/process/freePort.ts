import { createServer } from 'node:net';

/** A program that was given a port has so long to listen on it before it may be given to another. */
const heldMilliseconds = 60_000;

const givenAt = new Map<number, number>();

/** A port of 127.0.0.1 that is free now and was not given by this process a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, () => {
        const address = server.address();
        server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port was given'))));
      });
    });
    if ((givenAt.get(port) ?? 0) + heldMilliseconds < Date.now()) {
      givenAt.set(port, Date.now());
      return port;
    }
  }
}
