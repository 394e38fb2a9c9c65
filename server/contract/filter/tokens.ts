export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly parts: readonly string[] }
  | { readonly kind: 'string' | 'number' | 'operator'; readonly text: string; readonly value: string }
  | { readonly kind: '(' | ')' | ','; readonly text: string };

/** A filter that cannot be read, with MLflow's words for it. */
export class FilterSyntaxError extends Error {
  override readonly name = 'FilterSyntaxError';
}

/** Characters of a filter; what tools generate for a page of a thousand ids stays far below. */
const longest = 200_000;

const patterns = {
  space: /\s+/y,
  number: /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y,
  single: /'((?:[^']|'')*)'/y,
  name: /(?:`[^`]*`|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_/$-]*)(?:\.(?:`[^`]*`|"(?:[^"]|"")*"|'(?:[^']|'')*'|[\p{L}\p{N}_/$-]+))*/uy,
  operator: /<=|>=|!=|<>|==|~=|=|<|>|~/y,
  punctuation: /[(),]/y,
} as const;

const part = /`([^`]*)`|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([^.`"']+)/g;

/**
 * Splits a filter into tokens, in time linear in its length. A name keeps its dotted parts without their quotes; the first part is the
 * entity when there is more than one, so a key may hold dots unquoted.
 * @throws FilterSyntaxError that quotes what cannot be read, also for a filter of more than {@link longest} characters
 */
export function tokenize(filter: string): Token[] {
  if (filter.length > longest) {
    throw new FilterSyntaxError(`Invalid filter string: it has ${filter.length} characters, and ${longest} are the most. Many values of one attribute go into a list: run_id IN ('a', 'b').`);
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(filter);
    if (match === null) {
      return undefined;
    }
    at = pattern.lastIndex;
    return match;
  };
  while (at < filter.length) {
    if (take(patterns.space) !== undefined) {
      continue;
    }
    const number = take(patterns.number);
    if (number !== undefined) {
      tokens.push({ kind: 'number', text: number[0], value: number[0] });
      continue;
    }
    const single = take(patterns.single);
    if (single !== undefined) {
      tokens.push({ kind: 'string', text: single[0], value: (single[1] ?? '').replaceAll("''", "'") });
      continue;
    }
    const name = take(patterns.name);
    if (name !== undefined) {
      const parts = [...name[0].matchAll(part)].map((match) => match[1] ?? match[2]?.replaceAll('""', '"') ?? match[3]?.replaceAll("''", "'") ?? match[4] ?? '');
      tokens.push({ kind: 'name', text: name[0], parts });
      continue;
    }
    const operator = take(patterns.operator);
    if (operator !== undefined) {
      tokens.push({ kind: 'operator', text: operator[0], value: operator[0] });
      continue;
    }
    const punctuation = take(patterns.punctuation)?.[0];
    if (punctuation === '(' || punctuation === ')' || punctuation === ',') {
      tokens.push({ kind: punctuation, text: punctuation });
      continue;
    }
    if (/^;\s*\S/.test(filter.slice(at))) {
      throw new FilterSyntaxError(`Search filter contained multiple expression '${filter}'. Provide AND-ed expression list.`);
    }
    throw new FilterSyntaxError(`Invalid clause(s) in filter string: '${filter.slice(at)}'`);
  }
  return tokens;
}
