import { unseen } from '../platform/plainName.ts';

const acting = new RegExp(unseen, 'gu');

const escape = '\u001b';

/** What this program writes behind an escape: colors, bold, dim and their ends (ECMA-48, SGR). A name may turn a color on; it can hide nothing. */
const style = /^\[(?:0|[1-4]|2[2-4]|3[0-9]|9[0-7])m/;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Text for a terminal: what would move the cursor, set the title or the clipboard, or turn letters around is shown as its code. */
export function harmless(text: string): string {
  return text.replace(acting, (character, at: number) => (character === '\n' || (character === escape && style.test(text.slice(at + 1, at + 6))) ? character : escaped(character)));
}

/** A cell of a table: also what would break its line is shown. */
export function harmlessCell(text: string): string {
  return harmless(text).replaceAll('\n', '\\n');
}

/** JSON for a pipe or a terminal: the same value, written without characters that act. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(acting, escaped);
}
