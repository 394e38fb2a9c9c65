/** What is read or written at once. */
export const bufferBytes = 1 << 20;
/** So many are kept for the next file. */
const kept = 8;

const spare: Buffer[] = [];

const wasmPageBytes = 1 << 16;

/** Memory that begins with a page, as disks want it; that of WebAssembly does, other memory of JavaScript does not. */
function makeBuffer(): Buffer {
  try {
    const pages = bufferBytes / wasmPageBytes;
    return Buffer.from(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
  } catch {
    // Each takes gigabytes of address space, which may be limited.
    return Buffer.allocUnsafeSlow(bufferBytes);
  }
}

/** A buffer of {@link bufferBytes}. One that is given back serves again: new ones for every part of a large file keep the garbage collector busy. */
export function takeBuffer(): Buffer {
  return spare.pop() ?? makeBuffer();
}

/** The caller must not use it any more. */
export function giveBack(buffer: Buffer): void {
  if (spare.length < kept) {
    spare.push(buffer);
  }
}

/** Frees the memory of a chunk that nobody uses any more, if it has memory of its own. The garbage collector would come much later. */
export function freeChunk(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) {
    buffer.transfer(0);
  }
}
