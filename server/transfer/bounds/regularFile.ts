import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { formatBytes } from '../../contract/format/bytes.ts';
import { PassedOver } from '../../mlflow/client/passedOver.ts';

/** A pipe that took the place of a file does not block, and a link that did is refused. */
const openFlags = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

const chunkBytes = 1 << 18;
const longestLine = 1 << 20;

/** Why what is neither a file nor a folder is passed over. */
export const irregular = 'it is no regular file, but a pipe, a socket or a device';

/** Opens a file that is one before and after. @param file with all links followed */
function openRegular(file: string): number {
  if (!statSync(file).isFile()) {
    throw new PassedOver(irregular);
  }
  const descriptor = openSync(file, openFlags);
  if (!fstatSync(descriptor).isFile()) {
    closeSync(descriptor);
    throw new PassedOver(irregular);
  }
  return descriptor;
}

function* chunksOf(file: string): Generator<Buffer> {
  const descriptor = openRegular(file);
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const bytes = readSync(descriptor, chunk);
      if (bytes === 0) {
        return;
      }
      yield chunk.subarray(0, bytes);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The text of a small file.
 * @param file with all links followed
 * @throws PassedOver for one that is no regular file, or that holds more than `most` bytes
 */
export function readSmall(file: string, most: number): string {
  const tooLarge = (bytes: number): PassedOver => new PassedOver(`it holds ${formatBytes(bytes)}; at most ${formatBytes(most)} are read of such a file`);
  const { size } = statSync(file);
  if (size > most) {
    throw tooLarge(size);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (const chunk of chunksOf(file)) {
    bytes += chunk.byteLength;
    // Files of the system say that they hold nothing.
    if (bytes > most) {
      throw tooLarge(bytes);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The lines of a file of any size.
 * @throws PassedOver for one that is no regular file, or a line that cannot be one of a metric
 */
export function* readLines(file: string): Generator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for (const chunk of chunksOf(file)) {
    const lines = `${rest}${decoder.write(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longestLine) {
      throw new PassedOver(`a line of it has more than ${formatBytes(longestLine)}`);
    }
  }
  yield `${rest}${decoder.end()}`;
}

/** What is read piece by piece. */
interface Pieces {
  read(buffer: Buffer): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/** A drive that is gone never answers; one that wakes takes a few seconds. */
const patienceMilliseconds = 30_000;

async function timely<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PassedOver(`it does not answer for ${milliseconds / 1000} seconds`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function openPieces(file: string): Promise<Pieces> {
  const handle = await open(file, openFlags);
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw new PassedOver(irregular);
  }
  return { read: (buffer) => handle.read(buffer), close: () => handle.close() };
}

/**
 * The content of a file; each read has a deadline.
 * @param opened the file, once it is open
 * @throws PassedOver for one that does not answer
 */
export async function* readPieces(opened: Promise<Pieces>, patience = patienceMilliseconds): AsyncGenerator<Uint8Array> {
  const pieces = await timely(opened, patience);
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(chunkBytes);
      const { bytesRead } = await timely(pieces.read(chunk), patience);
      if (bytesRead === 0) {
        return;
      }
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    // Nobody waits for a file that hangs.
    pieces.close().catch(() => undefined);
  }
}

/** The content of a regular file. @param file with all links followed */
export function readContent(file: string): AsyncGenerator<Uint8Array> {
  return readPieces(openPieces(file));
}
