/**
 * A text and what it becomes when it is decoded again and again, until nothing changes or it cannot be decoded: a lone percent sign is a part
 * of a name.
 * @param rounds decodings at most
 */
export function* decodings(text: string, rounds: number, decode: (text: string) => string = decodeURIComponent): Generator<string, void> {
  yield text;
  for (let current = text, round = 0; round < rounds; round += 1) {
    let next: string;
    try {
      next = decode(current);
    } catch {
      return;
    }
    if (next === current) {
      return;
    }
    yield next;
    current = next;
  }
}

/** The last of the {@link decodings}. */
export function decodedFully(text: string, rounds: number, decode?: (text: string) => string): string {
  let last = text;
  for (const form of decodings(text, rounds, decode)) {
    last = form;
  }
  return last;
}
