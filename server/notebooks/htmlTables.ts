import { Tokenizer, type Token, type TokenHandler } from 'parse5';

/** A cell of an HTML table. */
export interface HtmlCell {
  readonly isHead: boolean;
  /** How many columns it takes. */
  readonly columns: number;
  /** What it says, without the tags in it. */
  readonly text: string;
  /** Where its content stands in the HTML text, without the space around it. */
  readonly start: number;
  readonly end: number;
}

const mostColumns = 1000;

interface OpenCell {
  readonly isHead: boolean;
  readonly columns: number;
  readonly start: number;
  readonly texts: string[];
}

/**
 * The tables of an HTML text, each as rows of cells. It is read as it comes, without a tree: a cell ends with the next tag of a table, also
 * with that of a table inside it. The time is linear in the text's length.
 */
export function readTables(html: string): HtmlCell[][][] {
  const tables: HtmlCell[][][] = [];
  let open: OpenCell | undefined;

  const close = (at: number): void => {
    if (open !== undefined) {
      const content = html.slice(open.start, at);
      const start = open.start + content.length - content.trimStart().length;
      const { isHead, columns, texts } = open;
      tables.at(-1)?.at(-1)?.push({ isHead, columns, text: texts.join('').trim(), start, end: Math.max(start, open.start + content.trimEnd().length) });
      open = undefined;
    }
  };
  const addText = ({ chars }: Token.CharacterToken): void => {
    open?.texts.push(chars);
  };
  const handler: TokenHandler = {
    onStartTag({ tagName, attrs, location }) {
      if (!isTableTag(tagName)) {
        return;
      }
      close(location?.startOffset ?? html.length);
      if (tagName === 'table') {
        tables.push([]);
      } else if (tagName === 'tr') {
        tables.at(-1)?.push([]);
      } else {
        open = { isHead: tagName === 'th', columns: columnsOf(attrs), start: location?.endOffset ?? html.length, texts: [] };
      }
    },
    onEndTag({ tagName, location }) {
      if (isTableTag(tagName)) {
        close(location?.startOffset ?? html.length);
      }
    },
    onCharacter: addText,
    onWhitespaceCharacter: addText,
    onNullCharacter: () => undefined,
    onComment: () => undefined,
    onDoctype: () => undefined,
    onEof: () => undefined,
  };
  new Tokenizer({ sourceCodeLocationInfo: true }, handler).write(html, true);
  return tables;
}

function isTableTag(name: string): boolean {
  return name === 'table' || name === 'tr' || name === 'td' || name === 'th';
}

function columnsOf(attributes: Token.TagToken['attrs']): number {
  const span = Number.parseInt(attributes.find(({ name }) => name === 'colspan')?.value ?? '1', 10);
  return Number.isFinite(span) ? Math.max(1, Math.min(mostColumns, span)) : 1;
}
