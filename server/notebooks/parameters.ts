/** `name = literal` of Python on one line, with an optional annotation and comment. */
const assignment = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=\s*([^=].*)$/;

const literal = /^(?:[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|True|False|None|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[[({][^#]*[\])}])$/;

/**
 * Values that a cell tagged `parameters` assigns, by name and as text: strings without their quotes, everything else as written.
 * Only single-line assignments of literals count; a name assigned twice keeps its last value.
 */
export function readParameters(source: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const line of source.split('\n')) {
    const [, name, right] = assignment.exec(line.trimEnd()) ?? [];
    if (name === undefined || right === undefined) {
      continue;
    }
    const value = withoutComment(right);
    if (literal.test(value)) {
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
