const assignment = (name: string): RegExp => new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=.*$`, 'm');

/**
 * Sets a variable in the text of a `.env` file: replaces its line or adds one at the end; all else stays.
 * The value is written without quotes and must hold no spaces, quotes or `#`.
 */
export function setVariable(text: string, name: string, value: string): string {
  const line = `${name}=${value}`;
  if (assignment(name).test(text)) {
    return text.replace(assignment(name), () => line);
  }
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${end}${line}\n`;
}

/**
 * Adds a folder to the search path that a variable of a `.env` file holds, behind what is there; quotes around it stay.
 * @param delimiter `:`, or `;` on Windows
 */
export function addToPath(text: string, name: string, folder: string, delimiter: string): string {
  const [line] = assignment(name).exec(text) ?? [];
  const value = line === undefined ? '' : line.slice(line.indexOf('=') + 1).trim();
  const [, quote = '', inside = ''] = /^(["']?)(.*)\1$/.exec(value) ?? [];
  const folders = inside.split(delimiter).filter((one) => one !== '');
  if (folders.includes(folder)) {
    return text;
  }
  // A space or a # in the path would end the value for some readers.
  const mark = quote === '' && /[\s#]/.test(folder) ? "'" : quote;
  return setVariable(text, name, `${mark}${[...folders, folder].join(delimiter)}${mark}`);
}

/** Whether a `.gitignore` keeps `.env` out of commits by a plain line. */
export function ignoresDotenv(gitignore: string): boolean {
  return gitignore.split(/\r?\n/).some((line) => ['.env', '/.env', '**/.env', '.env*', '*.env'].includes(line.trim()));
}

/** The text of a `.gitignore` with a line for `.env`. */
export function addDotenvToGitignore(gitignore: string): string {
  const end = gitignore === '' || gitignore.endsWith('\n') ? '' : '\n';
  return `${gitignore}${end}.env\n`;
}
