import { mask } from './secretValues.ts';

/** `name = literal` of Python on one line, with an optional annotation and comment. */
const assignment = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=\s*([^=].*)$/;

const literal = /^(?:[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|True|False|None|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[[({][^#]*[\])}])$/;

/** What an ordinary cell assigns for its own sake more often than to try other values. */
const scalar = /^(?:[-+]?(?:\d|\.\d)|True$|False$|["']|\[[-+.\d\s,_eE]*\]$|\([-+.\d\s,_eE]*\)$)/;
const longestText = 250;

/**
 * Values that a cell without the tag assigns which may be hyperparameters: numbers, booleans, short texts, lists of numbers; none that is masked, and no
 * name that begins with `_`.
 */
export function readAssignedLiterals(source: string): Record<string, string> {
  const isKept = (name: string, value: string): boolean => !name.startsWith('_') && name.length <= longestText && value.length <= longestText && !value.includes(mask);
  return Object.fromEntries(Object.entries(readAssignments(source, (value) => scalar.test(value))).filter(([name, value]) => isKept(name, value)));
}

/**
 * Values that a cell tagged `parameters` assigns, by name and as text: strings without their quotes, everything else as written.
 * Only single-line assignments of literals count; a name assigned twice keeps its last value.
 */
export function readParameters(source: string): Record<string, string> {
  return readAssignments(source, () => true);
}

function readAssignments(source: string, counts: (value: string) => boolean): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const line of source.split('\n')) {
    const [, name, right] = assignment.exec(line.trimEnd()) ?? [];
    if (name === undefined || right === undefined) {
      continue;
    }
    const value = withoutComment(right);
    if (literal.test(value) && counts(value)) {
      parameters[name] = unquote(value);
    }
  }
  return parameters;
}

/** Cuts a trailing comment that is not inside a string. */
function withoutComment(text: string): string {
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quote !== undefined) {
      if (character === '\\') {
        index += 1;
      } else if (character === quote) {
        quote = undefined;
      }
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '#') {
      return text.slice(0, index).trim();
    }
  }
  return text.trim();
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(value: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(value);
  return quoted?.[2]?.replace(/\\(.)/g, (_whole, character: string) => escapes[character] ?? character) ?? value;
}
