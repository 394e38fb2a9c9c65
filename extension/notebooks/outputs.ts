import type { CellOutput } from '../../server/contract/notebooks.ts';

export interface OutputItem {
  readonly mime: string;
  readonly data: Uint8Array;
}

export interface Output {
  readonly items: readonly OutputItem[];
}

const textLimit = 64 * 1024;
const imageLimit = 1024 * 1024;
const outputLimit = 200;

const images = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
/** VS Code's names of what a cell prints and raises. */
const streams = new Set(['application/vnd.code.notebook.stdout', 'application/vnd.code.notebook.stderr', 'application/vnd.code.notebook.error']);

function isText(mime: string): boolean {
  return mime.startsWith('text/') || streams.has(mime) || mime === 'image/svg+xml' || /^application\/(?:[\w.-]+\+)?json$/.test(mime);
}

/** Cuts at a character, not inside one. */
function decodeAtMost(data: Uint8Array, limit: number): string {
  return new TextDecoder('utf-8').decode(data.subarray(0, limit), { stream: data.byteLength > limit });
}

function toCaptured({ mime, data }: OutputItem): CellOutput | undefined {
  if (images.has(mime)) {
    // A part of a picture shows nothing.
    const fits = data.byteLength <= imageLimit;
    return { mime, content: fits ? Buffer.from(data).toString('base64') : '', encoding: 'base64', truncated: !fits };
  }
  return isText(mime) ? { mime, content: decodeAtMost(data, textLimit), encoding: 'text', truncated: data.byteLength > textLimit } : undefined;
}

/** Types that the Jupyter format keeps as text although a capture leaves them out. */
const scripts = /^application\/(?:javascript|x-javascript|ecmascript)$/;

/** An output whole, as the Jupyter format keeps it: nothing is cut and nothing left out. */
export function wholeOutput({ items }: Output): CellOutput[] {
  return joinStreams(items, Number.POSITIVE_INFINITY).map(({ mime, data }) =>
    isText(mime) || scripts.test(mime)
      ? { mime, content: new TextDecoder().decode(data), encoding: 'text', truncated: false }
      : { mime, content: Buffer.from(data).toString('base64'), encoding: 'base64', truncated: false },
  );
}

/**
 * What a stream said in pieces as one item each. A cell that prints line by line has many thousands of pieces: each is copied once, and
 * none that lies behind the limit.
 * @param most bytes of a stream; what goes beyond them shows in one more byte at least
 */
function joinStreams(items: readonly OutputItem[], most: number): OutputItem[] {
  const joined: { readonly mime: string; readonly parts: Uint8Array[]; bytes: number }[] = [];
  for (const { mime, data } of items) {
    const last = joined.at(-1);
    if (last === undefined || last.mime !== mime || !streams.has(mime)) {
      joined.push({ mime, parts: [data], bytes: data.byteLength });
    } else if (last.bytes <= most) {
      last.parts.push(data);
      last.bytes += data.byteLength;
    }
  }
  return joined.map(({ mime, parts }) => ({ mime, data: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts) }));
}

/** A cell's outputs as a capture keeps them: figures and texts, cut at their limits; what a stream said in pieces is one text. */
export function captureOutputs(outputs: readonly Output[]): CellOutput[] {
  return joinStreams(outputs.flatMap(({ items }) => items), textLimit)
    .flatMap((item) => toCaptured(item) ?? [])
    .slice(0, outputLimit);
}
