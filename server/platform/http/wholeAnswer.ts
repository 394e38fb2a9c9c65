import type { OutputText } from './implement.ts';

/** The answer of a handler, also where it comes as the pieces of its text. @param parse reads what the text holds */
export async function wholeAnswer<T extends object>(answer: T | OutputText, parse: (value: unknown) => T): Promise<T> {
  if (!(Symbol.asyncIterator in answer)) {
    return answer;
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of answer) {
    pieces.push(piece);
  }
  return parse(JSON.parse(Buffer.concat(pieces).toString('utf8')));
}
