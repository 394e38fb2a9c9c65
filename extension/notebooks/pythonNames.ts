const assignment = /^(?:with\b.*\bas\s+([A-Za-z_]\w*)\s*:|([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?::[^=\n]+)?=(?!=))/;

/** Names that a cell's top-level statements assign, the last assigned first. Indented lines do not count: they may be local to a function. */
export function assignedNames(source: string): string[] {
  const names = source.split('\n').flatMap((line) => {
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
