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
