const assignment = /^(?:with\b.*\bas\s+([A-Za-z_]\w*)\s*:|([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?::[^=\n]+)?=(?!=))/;
const stringOrComment = /(["'])(?:(?!\1)[^\\\n]|\\.)*\1|#.*/g;
const definition = /^(?:async\s+def|def|class)\b/;

/** How many more brackets a line opens than it closes. */
function depthOf(line: string): number {
  const bare = line.replace(stringOrComment, '');
  return (bare.match(/[([{]/g)?.length ?? 0) - (bare.match(/[)\]}]/g)?.length ?? 0);
}

/** Lines that begin a statement of the cell's own scope: not inside a function, a class or an open bracket. */
function statements(source: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let definedAt: number | undefined;
  for (const line of source.split('\n')) {
    const text = line.trim();
    const indent = line.length - line.trimStart().length;
    const continues = depth > 0;
    depth = Math.max(0, depth + depthOf(line));
    if (continues || text === '' || text.startsWith('#') || (definedAt !== undefined && indent > definedAt)) {
      continue;
    }
    definedAt = definition.test(text) ? indent : undefined;
    found.push(text);
  }
  return found;
}

/** Names that a cell assigns in its own scope, the last assigned first. */
export function assignedNames(source: string): string[] {
  const names = statements(source).flatMap((line) => {
    const matched = assignment.exec(line);
    return (matched?.[1] ?? matched?.[2] ?? '').split(',').map((name) => name.trim());
  });
  return [...new Set(names.filter((name) => name !== '' && !name.startsWith('_')).reverse())];
}

const modelWord = /model|pipe|clf|classifier|regressor|estimator|forest|booster|net$|search|grid/i;
const inputWord = /^(?:x|features?|inputs?|data|df)(?:_|$)|_x$|^x_|_features$/i;

/** Most likely names of a trained model first. */
export function rankModelNames(names: readonly string[]): string[] {
  return [...names].sort((a, b) => Number(modelWord.test(b)) - Number(modelWord.test(a)));
}

/** Names that look like a table of model inputs; test data before training data. */
export function inputNames(names: readonly string[]): string[] {
  const isTest = (name: string): boolean => /test|valid/i.test(name);
  return names.filter((name) => inputWord.test(name)).sort((a, b) => Number(isTest(b)) - Number(isTest(a)));
}

export function isPythonName(text: string): boolean {
  return /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(text);
}
