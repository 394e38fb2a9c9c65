import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Sends an answer piece by piece, as fast as the client takes them; with its length where it is one piece. A client that goes away ends
 * the iteration.
 * @throws what the iteration throws; no header is sent before the first piece
 */
export async function sendPieces(response: ServerResponse, type: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  let first: Uint8Array | undefined;
  for await (const piece of pieces) {
    if (response.destroyed) {
      return;
    }
    if (first === undefined) {
      first = piece;
      continue;
    }
    if (!response.headersSent) {
      response.writeHead(200, { 'Content-Type': type });
      response.write(first);
    }
    if (!response.write(piece) && !response.destroyed) {
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
  }
  if (!response.headersSent) {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': first?.byteLength ?? 0 });
    response.end(first);
  } else {
    response.end();
  }
}
