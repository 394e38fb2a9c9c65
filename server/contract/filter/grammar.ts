import { FilterSyntaxError, tokenize, type Token } from './tokens.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';

export type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly (string | number)[]; readonly text: string }
  | { readonly kind: 'none'; readonly text: string };

/** What a comparison or an order is about: `metrics.acc` has the entity `metrics` and the key `acc`. */
export interface Subject {
  readonly entity: string | undefined;
  readonly key: string;
}

export type Clause =
  | { readonly kind: 'and' | 'or'; readonly clauses: readonly Clause[] }
  | { readonly kind: 'comparison'; readonly subject: Subject; readonly operator: Operator; readonly value: Value };

const comparators: ReadonlySet<string> = new Set<Operator>(['=', '!=', '<', '<=', '>', '>=']);
/** Comparators of words; none begins another. */
const words = [['LIKE'], ['ILIKE'], ['IN'], ['NOT', 'IN'], ['IS', 'NULL'], ['IS', 'NOT', 'NULL']] as const;
const spellings: Readonly<Record<string, string>> = { '<>': '!=', '==': '=' };

/** Filters nest this deep at most; a human writes two or three. */
const deepest = 50;

export function toSubject(parts: readonly string[]): Subject {
  const [first = '', ...rest] = parts;
  return rest.length === 0 ? { entity: undefined, key: first } : { entity: first, key: rest.join('.') };
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'name' && token.parts.length === 1 && token.text.toUpperCase() === word;
}

/** Reads the tokens of a filter from left to right; see {@link parseFilter} for the grammar. */
class FilterReader {
  private at = 0;
  private readonly tokens: readonly Token[];
  /** Where the last closing parenthesis stands, -1 for none. */
  private readonly lastClosing: number;

  constructor(tokens: readonly Token[]) {
    // Code that joins conditions with an empty one writes an AND too many; MLflow looks over it.
    const conditions = (token: Token): boolean => !isWord(token, 'AND');
    this.tokens = tokens.slice(Math.max(0, tokens.findIndex(conditions)), tokens.findLastIndex(conditions) + 1 || tokens.length);
    this.lastClosing = this.tokens.findLastIndex(({ kind }) => kind === ')');
  }

  /** @throws FilterSyntaxError when something is left behind the filter */
  whole(): Clause {
    const clause = this.parseOr(0);
    if (this.at < this.tokens.length) {
      throw this.invalidFrom(this.at);
    }
    return clause;
  }

  private peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  private invalidFrom(start: number, remedy?: string): FilterSyntaxError {
    const quoted = this.tokens.slice(start).map(({ text }) => `'${text}'`);
    return new FilterSyntaxError(`Invalid clause(s) in filter string: ${quoted.join(', ')}${remedy === undefined ? '' : `. ${remedy}`}`);
  }

  private parseList(from: number): Value {
    const start = this.at;
    if (this.lastClosing < this.at) {
      throw this.invalidFrom(from, 'The parenthesis is not closed.');
    }
    this.at += 1;
    const items: (string | number)[] = [];
    while (this.peek()?.kind !== ')') {
      const token = this.peek();
      if (token?.kind === 'string') {
        items.push(token.value);
      } else if (token?.kind === 'name' && token.text.startsWith('"') && token.parts.length === 1) {
        items.push(token.parts[0] ?? '');
      } else if (token?.kind === 'number') {
        items.push(Number(token.value));
      } else {
        throw new FilterSyntaxError('While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.');
      }
      this.at += 1;
      if (this.peek()?.kind === ',') {
        this.at += 1;
      } else if (this.peek()?.kind !== ')') {
        throw new FilterSyntaxError('While parsing a list in the query, expected a non-empty list of string values, but got ill-formed list.');
      }
    }
    this.at += 1;
    if (items.length === 0) {
      throw new FilterSyntaxError('While parsing a list in the query, expected a non-empty list of string values, but got empty list');
    }
    return {
      kind: 'list',
      items,
      text: this.tokens
        .slice(start, this.at)
        .map(({ text }) => text)
        .join(''),
    };
  }

  private parseValue(from: number): Value {
    const token = this.peek();
    if (token === undefined) {
      throw this.invalidFrom(from, 'A value is missing at the end.');
    }
    if (token.kind === '(') {
      return this.parseList(from);
    }
    if (['TRUE', 'FALSE', 'NULL'].some((word) => isWord(token, word))) {
      throw this.invalidFrom(from);
    }
    this.at += 1;
    if (token.kind === 'string') {
      return { kind: 'text', text: token.value };
    }
    if (token.kind === 'number') {
      return { kind: 'number', number: Number(token.value), text: token.text };
    }
    if (token.kind === 'name' && token.text.startsWith('"') && token.parts.length === 1) {
      return { kind: 'text', text: token.parts[0] ?? '' };
    }
    return { kind: 'none', text: token.text };
  }

  private parseOperator(from: number): Operator {
    const token = this.peek();
    if (token?.kind === 'operator') {
      this.at += 1;
      const operator = spellings[token.value] ?? token.value;
      if (comparators.has(operator)) {
        return operator as Operator;
      }
      throw new FilterSyntaxError(`Invalid comparator '${operator}' not one of '${[...comparators, ...words.map((each) => each.join(' '))].join(', ')}'`);
    }
    for (const each of words) {
      if (each.every((word, index) => isWord(this.peek(index), word))) {
        this.at += each.length;
        return each.join(' ') as Operator;
      }
    }
    throw token === undefined ? this.invalidFrom(from, 'An operator and a value are missing at the end.') : this.invalidFrom(this.at);
  }

  private parseComparison(depth: number): Clause {
    const start = this.at;
    const token = this.peek();
    if (token?.kind === '(') {
      this.at += 1;
      const inner = this.parseOr(depth + 1);
      if (this.peek()?.kind !== ')') {
        throw new FilterSyntaxError(`Invalid clause(s) in filter string: a closing parenthesis is missing`);
      }
      this.at += 1;
      return inner;
    }
    if (token === undefined) {
      throw new FilterSyntaxError('Invalid clause(s) in filter string: a comparison is missing at the end');
    }
    if (token.kind !== 'name') {
      const compares = (token.kind === 'number' || token.kind === 'string') && this.peek(1)?.kind === 'operator';
      throw compares ? new FilterSyntaxError(`Invalid comparison clause. Expected 'Identifier' found '${token.text}'`) : this.invalidFrom(this.at);
    }
    this.at += 1;
    const operator = this.parseOperator(start);
    const value: Value = operator === 'IS NULL' || operator === 'IS NOT NULL' ? { kind: 'none', text: '' } : this.parseValue(start);
    return { kind: 'comparison', subject: toSubject(token.parts), operator, value };
  }

  private parseJoined(word: 'AND' | 'OR', next: () => Clause): Clause {
    const clauses = [next()];
    while (isWord(this.peek(), word)) {
      do {
        this.at += 1;
      } while (word === 'AND' && isWord(this.peek(), word));
      clauses.push(next());
    }
    const [only] = clauses;
    return clauses.length === 1 && only !== undefined ? only : { kind: word === 'AND' ? 'and' : 'or', clauses };
  }

  private parseOr(depth: number): Clause {
    if (depth > deepest) {
      throw new FilterSyntaxError(`Invalid clause(s) in filter string: more than ${deepest} parentheses in each other`);
    }
    return this.parseJoined('OR', () => this.parseJoined('AND', () => this.parseComparison(depth)));
  }
}

/**
 * Parses a filter. It takes all that MLflow's grammar takes, with the same meaning; OR, parentheses and lists wherever there is a value are
 * beyond MLflow, which has lists for `run_id` and datasets alone. Undefined for an empty filter.
 *
 *     filter     = term { OR term }                      AND binds closer than OR; words in any case
 *     term       = factor { AND { AND } factor }         an AND before or behind the whole filter means nothing
 *     factor     = comparison | '(' filter ')'
 *     comparison = name operator value | name [NOT] IN '(' value { ',' value } [','] ')' | name IS [NOT] NULL
 *     name       = [entity '.'] key                      no entity: an attribute; a key with spaces in backticks or quotes
 *     operator   = = | == | != | <> | < | <= | > | >= | LIKE | ILIKE
 *     value      = number | 'text' | "text"
 *
 * IN and NOT IN take numbers for metrics and times, texts for the rest. A comparison with a metric, param or tag that a run lacks does not
 * match, NOT IN and != included; IS NULL finds those.
 *
 * @throws FilterSyntaxError that quotes what cannot be read
 */
export function parseFilter(filter: string | undefined): Clause | undefined {
  return filter === undefined || filter.trim() === '' ? undefined : new FilterReader(tokenize(filter)).whole();
}

export interface Order {
  readonly subject: Subject;
  readonly ascending: boolean;
}

/** Parses one `order_by` item: a name, then nothing, ASC or DESC. */
export function parseOrder(item: string): Order {
  const refuse = (): never => {
    throw new FilterSyntaxError(`Invalid order_by clause '${item}'. Could not be parsed.`);
  };
  const tokensOf = (text: string): Token[] => {
    try {
      return tokenize(text);
    } catch {
      return refuse();
    }
  };
  const [name, direction, ...more] = tokensOf(item);
  if (name?.kind !== 'name' || more.length > 0) {
    return refuse();
  }
  if (direction !== undefined && !isWord(direction, 'ASC') && !isWord(direction, 'DESC')) {
    throw new FilterSyntaxError(`Invalid ordering key in order_by clause '${item}'.`);
  }
  return { subject: toSubject(name.parts), ascending: !isWord(direction, 'DESC') };
}
