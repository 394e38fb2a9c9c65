import type { CellOutput } from '../contract/notebooks.ts';
import { directionByName } from '../contract/metricDirection.ts';
import { readTables } from './htmlTables.ts';

/** A number under a name that MLflow takes. */
export interface OutputMetric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
}

const mostMetrics = 1000;
const longestName = 250;

const number = '[-+]?(?:(?:\\d[\\d_,]*\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?|nan|inf(?:inity)?)';
const wholeNumber = new RegExp(`^${number}$`, 'i');
const pair = new RegExp(`^\\s*["']?([A-Za-z_@][^:="'|()]{0,120}?(?:\\([^()=:]{0,60}\\))?)["']?\\s*[:=]\\s*(${number})\\s*$`, 'i');
/** A line of a training's log, which says how far it is: `Epoch 3/10 - `. */
const progress = /^\s*(?:epoch|step|iter(?:ation)?|round)\s*[:#]?\s*(\d{1,9})(?:\s*\/\s*\d+)?\s*(?:[:|,-]|$)?\s*/i;
const wordsAndNumber = new RegExp(`^\\s*((?:[A-Za-z_@][\\w@.()-]{0,40} ){1,5})\\s*(${number})\\s*$`, 'i');
/** Words before a number that is not what the name says: `accuracy rose to 0.9`. */
const otherwise = /\b(?:to|from|by|than|after|before|in|for|with|and|or|at)$/i;
const seriesLine = new RegExp(`^(\\S.{0,120}?)\\s{2,}(${number})$`, 'i');

function toNumber(text: string): number | undefined {
  const plain = text.trim().replace(/(?<=\d)[_,](?=\d)/g, '').toLowerCase();
  if (!wholeNumber.test(text.trim())) {
    return undefined;
  }
  const sign = plain.startsWith('-') ? -1 : 1;
  const size = plain.replace(/^[-+]/, '');
  return size === 'nan' ? Number.NaN : size.startsWith('inf') ? sign * Number.POSITIVE_INFINITY : Number(plain);
}

/** A name that MLflow takes: other characters become underscores. */
function metricName(parts: readonly string[]): string {
  return parts
    .map((part) => part.trim().replace(/[^\w\-. :]+/g, '_'))
    .join('/')
    .slice(0, longestName);
}

function metric(parts: readonly string[], value: number | undefined, step = 0): OutputMetric[] {
  const key = metricName(parts);
  return value === undefined || /^[\s_/]*$/.test(key) ? [] : [{ key, value, step }];
}

type Literal = number | string | boolean | null | Map<string, Literal> | Literal[];

/** Reads the repr of Python's dicts, lists, numbers and strings; numpy's `np.float64(0.9)` and `array(0.9)` are their numbers. */
class ReprReader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Undefined when the text is something else, or has more behind it. */
  whole(): Literal | undefined {
    const value = this.value(0);
    return value !== undefined && this.match(/\s*$/y) !== undefined ? value : undefined;
  }

  private match(form: RegExp): string | undefined {
    form.lastIndex = this.at;
    const found = form.exec(this.text);
    if (found === null) {
      return undefined;
    }
    this.at += found[0].length;
    return found[1] ?? found[0];
  }

  private value(depth: number): Literal | undefined {
    this.match(/\s*/y);
    if (depth > 20) {
      return undefined;
    }
    if (this.match(/\{/y) !== undefined) {
      return this.dict(depth);
    }
    if (this.match(/[[(]/y) !== undefined) {
      return this.list(depth);
    }
    const text = this.match(/[uUbB]?'((?:[^'\\]|\\.)*)'/y) ?? this.match(/[uUbB]?"((?:[^"\\]|\\.)*)"/y);
    if (text !== undefined) {
      return text;
    }
    const word = this.match(/(?:True|False|None|true|false|null)\b/y);
    if (word !== undefined) {
      return /^[Tt]rue$/.test(word) ? true : /^[Ff]alse$/.test(word) ? false : null;
    }
    const plain = this.match(new RegExp(number.replace('_,', '_'), 'iy'));
    if (plain !== undefined) {
      return toNumber(plain);
    }
    // np.float64(0.9), tensor(0.9, device='cpu'), defaultdict(<class 'float'>, {...})
    if (this.match(/[A-Za-z_][\w.]*\(\s*(?:<[^>]*>,\s*)?/y) === undefined) {
      return undefined;
    }
    const inner = this.value(depth + 1);
    return inner !== undefined && this.match(/(?:\s*,\s*\w+=[^(),]*)*\s*\)/y) !== undefined ? inner : undefined;
  }

  private dict(depth: number): Literal | undefined {
    const entries = new Map<string, Literal>();
    while (this.match(/\s*\}/y) === undefined) {
      const key = this.value(depth + 1);
      const colon = this.match(/\s*:/y);
      const value = colon === undefined ? undefined : this.value(depth + 1);
      if (key === undefined || key === null || typeof key === 'object' || value === undefined) {
        return undefined;
      }
      entries.set(String(key), value);
      if (this.match(/\s*,/y) === undefined && !/^\s*\}/.test(this.text.slice(this.at, this.at + 200))) {
        return undefined;
      }
    }
    return entries;
  }

  private list(depth: number): Literal | undefined {
    const items: Literal[] = [];
    while (this.match(/\s*[\])]/y) === undefined) {
      const value = this.value(depth + 1);
      if (value === undefined) {
        return undefined;
      }
      items.push(value);
      if (this.match(/\s*,/y) === undefined && !/^\s*[\])]/.test(this.text.slice(this.at, this.at + 200))) {
        return undefined;
      }
    }
    return items;
  }
}

/** The number that a text is, as Python shows it: `0.93`, `np.float64(0.93)`, `tensor(0.93)`. */
export function readNumber(text: string): number | undefined {
  const value = new ReprReader(text.trim()).whole();
  return typeof value === 'number' ? value : undefined;
}

/** Numbers of a dict; those of dicts inside it under `outer/inner`. Lists are no single value and are left out. */
function ofDict(dict: ReadonlyMap<string, Literal>, outer: readonly string[] = []): OutputMetric[] {
  return [...dict].flatMap(([name, value]) => {
    const parts = [...outer, name];
    if (value instanceof Map) {
      return ofDict(value, parts);
    }
    return typeof value === 'number' ? metric(parts, value) : [];
  });
}

/**
 * Numbers of a DataFrame's table: one row gives its columns; rows with names give `row/column`; rows with whole numbers are steps.
 */
function ofTable(html: string): OutputMetric[] {
  const [rows = []] = readTables(html);
  const head = rows.find((row) => row.length > 0 && row.every(({ isHead }) => isHead));
  const body = rows.filter((row) => row.some(({ isHead }) => !isHead));
  return body.flatMap((row) => {
    const label = row[0]?.isHead === true ? row[0].text : '';
    const isStep = /^\d{1,9}$/.test(label);
    return row.flatMap((cell, column) => {
      const name = head?.[column + head.length - row.length]?.text ?? '';
      if (cell.isHead || name === '') {
        return [];
      }
      const parts = body.length === 1 || isStep || label === '' ? [name] : [label, name];
      return metric(parts, toNumber(cell.text), body.length > 1 && isStep ? Number(label) : 0);
    });
  });
}

/** `accuracy 0.93` and `accuracy is 0.93`, where the name is one of how good a model is. */
function ofWords(text: string, step: number): OutputMetric[] {
  const [, words = '', shown = ''] = wordsAndNumber.exec(text) ?? [];
  const name = words.trim().replace(/ (?:is|was|of)$/i, '');
  return directionByName(name) === undefined || otherwise.test(name) ? [] : metric([name], toNumber(shown), step);
}

function ofPart(text: string, step: number): OutputMetric[] {
  const [, key, shown] = pair.exec(text) ?? [];
  return key === undefined || shown === undefined ? ofWords(text, step) : metric([key], toNumber(shown), step);
}

/** What one line of text says; `Epoch 3/10: loss 0.3 - acc 0.9` says it of step 3. */
function ofLine(line: string): OutputMetric[] {
  const [begins = '', at] = progress.exec(line) ?? [];
  const rest = line.slice(begins.length);
  const step = Number(at ?? 0);
  const whole = ofPart(rest, step);
  return whole.length > 0 ? whole : rest.split(/,\s+|;\s*|\s+-\s+|\s*\|\s*|\t/).flatMap((part) => ofPart(part, step));
}

/** `name: value`, `name = value` and `accuracy 0.9`, several on a line too (`loss: 0.3 - acc: 0.9`); a pandas Series says its type below. */
function ofLines(text: string): OutputMetric[] {
  const isSeries = /\bdtype: (?:float|int)\d+\s*$/.test(text);
  return text.split('\n').flatMap((line) => {
    const dict = ofLiteral(line);
    if (dict.length > 0) {
      return dict;
    }
    const [, name, value] = (isSeries ? seriesLine.exec(line.trim()) : null) ?? [];
    return name !== undefined && value !== undefined ? metric([name], toNumber(value)) : ofLine(line);
  });
}

function ofLiteral(text: string): OutputMetric[] {
  if (!text.includes('{')) {
    return [];
  }
  const value = new ReprReader(text.trim()).whole();
  return value instanceof Map ? ofDict(value) : [];
}

function ofText(text: string): OutputMetric[] {
  const dict = ofLiteral(text);
  return dict.length > 0 ? dict : ofLines(text);
}

const textual = new Set(['text/plain', 'application/vnd.code.notebook.stdout', 'application/json']);

/**
 * Metrics that the outputs of a cell show: a dict's repr or JSON, a DataFrame, a Series, or `name: value` lines. A name that comes
 * twice at one step keeps its last value. What is shown as a table and as text counts once, as the table.
 */
export function readMetrics(outputs: readonly CellOutput[]): OutputMetric[] {
  const found = new Map<string, OutputMetric>();
  outputs.forEach((output, index) => {
    const isTable = output.mime === 'text/html';
    const nextToTable = output.mime === 'text/plain' && [outputs[index - 1], outputs[index + 1]].some((other) => other?.mime === 'text/html' && ofTable(other.content).length > 0);
    const metrics = isTable ? ofTable(output.content) : textual.has(output.mime) && !nextToTable ? ofText(output.content) : [];
    for (const one of metrics) {
      found.set(`${one.step} ${one.key}`, one);
    }
  });
  return [...found.values()].slice(0, mostMetrics);
}
