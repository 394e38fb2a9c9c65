import type { ServerResponse } from 'node:http';
import type { ContentFile } from '../files/contentFile.ts';
import { bufferBytes, giveBack, takeBuffer } from '../files/fileBuffers.ts';

/** The client does not take the rest of an answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Resolves when the part has gone to the system, so that its memory can be used again. */
function write(response: ServerResponse, part: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new ClientGone('The client has gone.'));
    response.once('close', closed);
    response.write(part, (error) => {
      response.removeListener('close', closed);
      if (error == null) {
        resolve();
      } else {
        reject(new ClientGone('The client has gone.', { cause: error }));
      }
    });
  });
}

/**
 * Sends a part of a file, `end` included, as the body of an answer whose headers are set, and closes the file. The next piece is read while one is sent.
 * @throws ClientGone when the client goes away
 */
export async function sendFile(response: ServerResponse, file: ContentFile, { start, end }: { readonly start: number; readonly end: number }): Promise<void> {
  let reading = takeBuffer();
  let other = takeBuffer();
  let sending = Promise.resolve();
  try {
    for (let position = start; position <= end; ) {
      // Up to a border of buffers, so that the next begins with a block of the disk.
      const length = Math.min(bufferBytes - (position % bufferBytes), end + 1 - position);
      const bytesRead = await file.read(reading, length, position);
      if (bytesRead === 0) {
        throw new Error('The file is shorter than it was.');
      }
      position += bytesRead;
      await sending;
      sending = write(response, reading.subarray(0, bytesRead));
      // A failure is met where it is awaited.
      sending.catch(() => undefined);
      [reading, other] = [other, reading];
    }
    await sending;
    response.end();
  } finally {
    await Promise.allSettled([sending]);
    giveBack(reading);
    giveBack(other);
    await file.close();
  }
}
