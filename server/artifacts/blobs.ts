import type { Readable } from 'node:stream';

/**
 * Where contents are kept, each once, by the sha256 of its bytes. A store need not be a disk: whoever wants a file asks for one with
 * `materialize`, whoever wants bytes for `open`.
 */
export interface BlobReader {
  /**
   * The bytes of a content, or a range of them.
   * @throws Problem `not-found` where the store does not have it
   */
  open(sha256: string, range?: ByteRange): Promise<Readable>;
  /**
   * The content as a file of this machine; nobody writes to it.
   * @throws Problem `not-found` where the store does not have it
   */
  materialize(sha256: string): Promise<LocalFile>;
  has(sha256: string): Promise<boolean>;
  /** Undefined where the store does not have it. */
  stat(sha256: string): Promise<BlobFacts | undefined>;
}

export interface BlobStore extends BlobReader {
  /** Stores what a stream says; it is durable when the promise resolves. A stream that fails leaves nothing behind. */
  put(content: Content, options?: ContentOptions): Promise<Blob>;
  /**
   * Removes what nothing uses. Uploads may go on meanwhile, also in other threads.
   * @param grace in place of `sweepGrace`
   */
  sweep(isUsed: (sha256: string) => boolean, grace?: number): Promise<Swept>;
}

export interface BlobFacts {
  readonly bytes: number;
}

export interface Blob extends BlobFacts {
  readonly sha256: string;
}

/** A range of bytes; `end` is inclusive, as in HTTP and in Node's streams. */
export interface ByteRange {
  readonly start?: number;
  readonly end?: number;
}

/** A content as a file, until it is released. */
export interface LocalFile {
  readonly path: string;
  release(): Promise<void>;
}

/** A stream of bytes. One that fails is left to its owner, who may want to read it to its end. */
export type Content = Readable | AsyncIterable<Uint8Array>;

export interface ContentOptions {
  /** Nobody else looks at the chunks: their memory is freed as soon as they are copied. */
  readonly freesChunks?: boolean;
}

export interface Swept {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Content younger than this stays when a store is swept, in milliseconds: between the end of an upload and the row that names it there is a moment in
 * which nothing uses it. An upload of content that is there already makes it young again.
 */
export const sweepGrace = 60_000;

/** Uses several contents, each under a name, as files, and releases them whatever comes of that. */
export async function useFiles<T>(files: ReadonlyMap<string, Promise<LocalFile>>, use: (paths: ReadonlyMap<string, string>) => Promise<T>): Promise<T> {
  try {
    return await use(new Map(await Promise.all([...files].map(async ([name, file]) => [name, (await file).path] as const))));
  } finally {
    const opened = (await Promise.allSettled(files.values())).filter((file) => file.status === 'fulfilled');
    await Promise.all(opened.map(({ value }) => value.release()));
  }
}

/** Uses a content as a file, and releases it whatever comes of that. */
export async function useFile<T>(file: Promise<LocalFile>, use: (path: string) => Promise<T>): Promise<T> {
  const opened = await file;
  try {
    return await use(opened.path);
  } finally {
    await opened.release();
  }
}
