import { readTables, type HtmlCell } from './htmlTables.ts';
import { type Found, isOrdinary, isPlaceholder, looksRandom, mask, doubtfulName, strongName } from './secretValues.ts';

type Judge = (value: string) => boolean;

const strongColumn = new RegExp(`^${strongName}\\d{0,3}$`, 'i');
const doubtfulColumn = new RegExp(`^${doubtfulName}\\d{0,3}$`, 'i');
const longestName = 200;

/** Cells of such a column that say nothing: missing values, rules, counts, the fractions of a summary, types. */
const nothing = /^(?:NaN|NaT|<NA>|n\/a|nil|-|\.{2,3}|…|:?-+:?|[-+]?\d{1,3}|[-+]?\d*\.\d+(?:e[-+]?\d+)?|object|category|bool|(?:u?int|float|datetime)\d+)$/i;

const tells: Judge = (value) => !isPlaceholder(value) && !nothing.test(value);

/** What counts as a secret in a column or a row of this name; undefined where nothing does. */
function judgeOf(name: string): Judge | undefined {
  const bare = name.replace(/^["'`*]+|["'`*]+$/g, '');
  if (bare.length > longestName) {
    return undefined;
  }
  if (strongColumn.test(bare)) {
    return tells;
  }
  return doubtfulColumn.test(bare) ? (value) => tells(value) && looksRandom(value, 16) && !isOrdinary(value) : undefined;
}

/** A part of a text that is masked: where it begins and ends. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function replaceSpans(text: string, spans: readonly Span[], found: Found): string {
  let at = 0;
  let result = '';
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < at) {
      continue;
    }
    found(text.slice(start, end));
    result += text.slice(at, start) + mask;
    at = end;
  }
  return result + text.slice(at);
}

function trimmed(text: string, start: number, end: number): Span {
  const part = text.slice(start, end);
  return { start: start + part.length - part.trimStart().length, end: end - (part.length - part.trimEnd().length) };
}

/** Judges of the columns that heads name, by their place from the right: a row that continues a group has fewer cells on its left. */
function judgesOfHeads(rows: readonly (readonly HtmlCell[])[]): ReadonlyMap<number, Judge> {
  const judges = new Map<number, Judge>();
  for (const row of rows) {
    let fromRight = 0;
    for (const { columns, text } of [...row].reverse()) {
      const judge = judgeOf(text);
      for (let place = fromRight; judge !== undefined && place < fromRight + columns; place += 1) {
        judges.set(place, judge);
      }
      fromRight += columns;
    }
  }
  return judges;
}

function spansOfHtml(html: string): Span[] {
  return readTables(html).flatMap((rows) => {
    const isHead = (row: readonly HtmlCell[]): boolean => row.every((cell) => cell.isHead);
    const judges = judgesOfHeads(rows.filter(isHead));
    return rows.filter((row) => !isHead(row)).flatMap((row) => {
      const label = row.find((cell) => cell.isHead && judgeOf(cell.text) !== undefined);
      const ofRow = label === undefined ? undefined : judgeOf(label.text);
      return row.filter((cell, index) => {
        const judge = cell.isHead ? judges.get(row.length - 1 - index) : (judges.get(row.length - 1 - index) ?? ofRow);
        return cell !== label && judge?.(cell.text) === true;
      });
    });
  });
}

/** A line of a text: where it begins, and what it says. */
interface Line {
  readonly start: number;
  readonly text: string;
}

function readLines(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const known = { start, text: line };
    start += line.length + 1;
    return known;
  });
}

const isSpace = (character: string | undefined): boolean => character === undefined || character === ' ';

/** Whether a cell that ends at a place of the line is right-aligned there, or empty below its name. */
function fits(line: string, start: number, end: number): boolean {
  return isSpace(line[end]) && (!isSpace(line[end - 1]) || line.slice(start, end).trim() === '');
}

/** A quick look for lines that name no secret, which most do. */
const lineSign = /pass|pwd|secret|key|token|sig|auth|credential/i;

/** Columns of a printed frame: right-aligned below their names, the index on their left. */
function spansOfFrame(lines: readonly Line[], at: number): { readonly spans: Span[]; readonly next: number } {
  const header = lines[at]?.text ?? '';
  if (!lineSign.test(header)) {
    return { spans: [], next: at + 1 };
  }
  const words = [...header.matchAll(/\S+/g)].map((word) => ({ name: word[0], start: word.index, end: word.index + word[0].length }));
  const marked = words.flatMap(({ name, start, end }, index) => {
    const judge = start === 0 || !/^["'`]?[A-Za-z_]/.test(name) ? undefined : judgeOf(name);
    return judge === undefined ? [] : [{ judge, from: words[index - 1]?.end ?? 0, start, end }];
  });
  const groups = [...header.matchAll(/\S+(?: \S+)*/g)].map((group) => ({ start: group.index, end: group.index + group[0].length }));
  const first = lines[at + 1]?.text ?? '';
  const isOnTop = (lines[at - 1]?.text ?? '').trim() === '';
  const isTable =
    marked.length > 0 &&
    (groups.length > 1 || words.length === 1) &&
    first.trim() !== '' &&
    // A row of another table, such as a list of columns, begins where the next one does.
    (first.search(/\S/) < header.search(/\S/) || (isOnTop && groups.length > 1)) &&
    groups.every(({ start, end }) => fits(first, start, end));
  const spans: Span[] = [];
  let next = at + 1;
  for (; isTable && next < lines.length; next += 1) {
    const { text, start } = lines[next] ?? { text: '', start: 0 };
    if (text.trim() === '' || !marked.every((column) => fits(text, column.start, column.end))) {
      break;
    }
    for (const { judge, from, start: head, end } of marked) {
      if (text.slice(head, end).trim() === '') {
        continue;
      }
      // The index stands before the first column, two blanks apart.
      const cell = text.slice(from, end);
      const gap = from === 0 ? cell.search(/\s{2,}\S(?:\S| (?! ))*$/) : 0;
      const span = trimmed(text, from + Math.max(0, gap), end);
      if (judge(text.slice(span.start, span.end))) {
        spans.push({ start: start + span.start, end: start + span.end });
      }
    }
  }
  return { spans, next };
}

/** The cells beside labels in a printed frame: right-aligned below the names of its columns, which begin right of the labels. */
function spansOfLabels(lines: readonly Line[], at: number): Span[] {
  const header = lines[at]?.text ?? '';
  const endsOf = (pattern: RegExp): number[] => [...header.matchAll(pattern)].map((name) => name.index + name[0].length);
  const [words, names] = [endsOf(/\S+/g), endsOf(/\S+(?: \S+)*/g)];
  const spans: Span[] = [];
  for (let index = at + 1; index < lines.length; index += 1) {
    const { text, start } = lines[index] ?? { text: '', start: 0 };
    const label = /^\S+(?: \S+)*(?= {2})/.exec(text)?.[0];
    if (label === undefined || names.length === 0 || !names.every((end) => fits(text, label.length, end))) {
      break;
    }
    const judge = lineSign.test(label) ? judgeOf(label) : undefined;
    // A name may be two words, or two columns may be one blank apart.
    let from = label.length;
    for (const end of judge === undefined ? [] : words.filter((word) => fits(text, from, word))) {
      const span = trimmed(text, from, end);
      if (judge?.(text.slice(span.start, span.end)) === true) {
        spans.push({ start: start + span.start, end: start + span.end });
      }
      from = end;
    }
  }
  return spans;
}

const drawn = /[│┆║|]/;

/** Columns of a table that is drawn with lines: Markdown, polars, Spark. */
function spansOfDrawn(lines: readonly Line[], at: number): { readonly spans: Span[]; readonly next: number } {
  const cellsOf = ({ text, start }: Line): Span[] => {
    let from = 0;
    return text.split(drawn).map((part) => {
      const span = trimmed(text, from, from + part.length);
      from += part.length + 1;
      return { start: start + span.start, end: start + span.end };
    });
  };
  const textOf = (line: Line, { start, end }: Span): string => line.text.slice(start - line.start, end - line.start);
  const header = lines[at];
  const heads = header === undefined ? [] : cellsOf(header);
  const judges = heads.map((head) => (header === undefined ? undefined : judgeOf(textOf(header, head))));
  const spans: Span[] = [];
  let next = at + 1;
  for (; judges.some((judge) => judge !== undefined) && next < lines.length; next += 1) {
    const line = lines[next];
    if (line === undefined || !/^\s*[│┆║|+╞├╪┼═─]/.test(line.text)) {
      break;
    }
    const cells = cellsOf(line);
    if (cells.length === heads.length) {
      spans.push(...cells.filter((cell, index) => judges[index]?.(textOf(line, cell)) === true));
    }
  }
  return { spans, next };
}

const seriesEnd = /^(?:Name: (\S{1,200}), )?(?:Length: \d+, )?dtype: /;

/** The values of a printed Series: its name stands below them, their labels before them. @param from the first line that may be one of its */
function spansOfSeries(lines: readonly Line[], from: number, at: number): Span[] {
  const ofSeries = judgeOf(seriesEnd.exec(lines[at]?.text ?? '')?.[1] ?? '');
  const spans: Span[] = [];
  for (let index = at - 1; index >= from; index -= 1) {
    const { text, start } = lines[index] ?? { text: '', start: 0 };
    const gap = text.search(/\s{2,}/);
    // Its values end in one column; what ends elsewhere was printed before it.
    if (text.trim() === '' || text.length !== lines[at - 1]?.text.length) {
      break;
    }
    const span = trimmed(text, Math.max(0, gap), text.length);
    const judge = ofSeries ?? judgeOf(text.slice(0, Math.max(0, gap)));
    if (gap > 0 && judge?.(text.slice(span.start, span.end)) === true) {
      spans.push({ start: start + span.start, end: start + span.end });
    }
  }
  return spans.reverse();
}

function spansOfText(text: string): Span[] {
  const lines = readLines(text);
  const spans: Span[] = [];
  let behindSeries = 0;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]?.text ?? '';
    const found = /^\s*[│┆║|]/.test(line) ? spansOfDrawn(lines, at) : spansOfFrame(lines, at);
    spans.push(...found.spans);
    if (line.startsWith(' ')) {
      spans.push(...spansOfLabels(lines, at));
    }
    if (seriesEnd.test(line)) {
      spans.push(...spansOfSeries(lines, behindSeries, at));
      behindSeries = at + 1;
    }
    at = found.next;
  }
  return spans;
}

/**
 * A text whose tables hold no secret: cells below a head such as `password` or `api_key`, and beside such a label, are masked, in HTML, in
 * what pandas and polars print and in Markdown. Missing values and small numbers stay. The time is linear in the text's length.
 */
export function maskColumns(text: string, found: Found): string {
  return replaceSpans(text, /<table\b/i.test(text) ? spansOfHtml(text) : spansOfText(text), found);
}
