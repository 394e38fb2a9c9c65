/** `NaN` and the infinities, which Python writes into JSON, outside of strings. */
const pythonNumbers = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** Reads JSON as Python writes it, `NaN` and the infinities as null; undefined when it is none. */
export function readPythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(text.replace(pythonNumbers, (token) => (token.startsWith('"') ? token : 'null')));
    } catch {
      return undefined;
    }
  }
}

/** JSON text in ASCII: everything else is escaped, as Python does it. */
export function asciiJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Writes JSON as Python does by default, with a space after each comma and colon: clients compare the text of such tags. */
export function writePythonJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(writePythonJson).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, member]) => `${asciiJson(key)}: ${writePythonJson(member)}`)
      .join(', ')}}`;
  }
  return asciiJson(value);
}
