import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestReplica {
  readonly name: string;
  readonly address: string;
  readonly server: Server;
  /** Requests that arrived, by `x-request-id`. */
  readonly seen: string[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void | Promise<void>;

/** A model server that answers each prediction with its own name, so that a test sees who answered. */
export async function startReplica(name: string, answer?: Answer): Promise<TestReplica> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push(String(request.headers['x-request-id']));
      const body = Buffer.concat(chunks);
      if (answer !== undefined) {
        void answer(request, response, body);
        return;
      }
      const text = JSON.stringify({ predictions: [1], replica: name, path: request.url, received: body.length });
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    address: `127.0.0.1:${port}`,
    server,
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
