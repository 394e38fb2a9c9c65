/** Parts a line into words as a shell does: by spaces that are not quoted; nothing is expanded. */
export function splitArguments(line: string): string[] {
  const word = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g;
  return (line.match(word) ?? []).map((one) => one.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_whole, double: string | undefined, single: string | undefined, escaped: string | undefined) => double?.replaceAll(/\\(["\\])/g, '$1') ?? single ?? escaped ?? ''));
}
