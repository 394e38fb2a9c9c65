import { Problem } from '../platform/errors.ts';

/** One line of a `requirements.txt` that names a package. */
export interface Requirement {
  /** As it is written. */
  readonly name: string;
  /** The version behind `==` or `===`; undefined where none is pinned. */
  readonly pinned: string | undefined;
  /** The whole line. */
  readonly line: string;
}

/** The packages that requirements name, in their order; options, comments and addresses are left out. */
export function readRequirements(text: string): Requirement[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?:===?\s*([^\s;#,]+))?/.exec(line);
    return match?.[1] === undefined ? [] : [{ name: match[1], pinned: match[2], line }];
  });
}

/** Where pip ends a line, which is in more places than `\n` (Python's `str.splitlines`), and every other control character but a tab. */
const lineEnds = /(?!\t)[\p{Cc}\u2028\u2029]/u;

/** A package with extras, versions and a marker, in printable ASCII (PEP 508, without its addresses). */
const requirementLine = /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:\[[\w.,\s-]*\])?\s*(?:\(?\s*[<>=!~]=?[^;@()$]*\)?)?\s*(?:;[\x20-\x7e]*)?$/;

/** What pip takes for a file where there is one of that name. */
const archive = /\.(whl|zip|tar\.\w+|tgz)$/i;

const pipsConfiguration = "Remove the line. Packages come from the indexes that this machine's pip is configured with (pip config set global.extra-index-url URL).";

/** What to do about a line that a requirements file must not have, by how it begins. */
const refusedLines: readonly (readonly [pattern: RegExp, what: string, remedy: string])[] = [
  [/^(-i|--index-url|--pypi-url|--extra-index-url|--no-index|-f|--find-links|--trusted-host)/, 'says where packages come from', pipsConfiguration],
  [/^(-r|--requirement|-c|--constraint)/, 'names another file', 'Write the packages of that file into this one.'],
  [/^(-e|--editable)|^[.~/\\]|^[a-z][a-z+]*:|@|\.(whl|zip|tar\.\w+|tgz)$/i, 'names a folder, a file or an address, which no lock can pin', 'Publish the package to an index (or a folder that PIP_FIND_LINKS names) and require it by name and version.'],
  [/^-/, 'is an option', 'Remove the line: a model requires packages by name and version, nothing else.'],
];

/**
 * The lines of a requirements file that name packages, one a line: what a resolver may be given, whatever else it would have understood.
 * `-c constraints.txt`, which MLflow writes, stays.
 * @param file as people know it
 * @throws Problem `invalid-input` that quotes a line which names no package by name and version
 */
export function packageLines(text: string, file: 'requirements.txt' | 'constraints.txt'): string {
  const lines: string[] = [];
  let open = '';
  for (const part of text.replace(/^\ufeff/, '').split(lineEnds)) {
    // A comment ends at its line, even where a backslash stands behind it.
    const comment = /(^|\s)#/.test(part);
    const whole = open + part.replace(/(^|\s+)#.*$/, '');
    open = !comment && whole.endsWith('\\') ? whole.slice(0, -1) : '';
    if (open === '' && whole.trim() !== '') {
      lines.push(whole.trim());
    }
  }
  if (open.trim() !== '') {
    lines.push(open.trim());
  }
  for (const line of lines) {
    requirePackage(line, file);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function requirePackage(line: string, file: 'requirements.txt' | 'constraints.txt'): void {
  if (file === 'requirements.txt' && /^(-c|--constraint)(\s+|=)constraints\.txt$/.test(line)) {
    return;
  }
  // pip reads options behind a requirement too.
  if (requirementLine.test(line) && !/\s-/.test(line) && !archive.test(line)) {
    return;
  }
  const [, what, remedy] = refusedLines.find(([pattern]) => pattern.test(line)) ?? ['', 'does not name a package by name and version', 'Correct the line when the model is logged (pip_requirements).'];
  throw new Problem('invalid-input', `${file} of the model has the line ${JSON.stringify(line)}, which ${what}.`, { field: file, remedy });
}

/** PEP 503. */
export function normalizedName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** The requirements without the lines that name one of some packages; everything else stays as it is. @param names normalized */
export function withoutPackages(text: string, names: ReadonlySet<string>): string {
  const dropped = new Set(readRequirements(text).filter(({ name }) => names.has(normalizedName(name))).map(({ line }) => line));
  return text.split('\n').filter((line) => !dropped.has(line)).join('\n');
}

/** Whether two versions are one release: `1.5` is `1.5.0`, and a local label such as `+cpu` does not count (PEP 440). */
export function isSameVersion(one: string, other: string): boolean {
  return release(one) === release(other);
}

function release(version: string): string {
  return version.trim().toLowerCase().replace(/^v/, '').replace(/\+.*$/, '').replace(/(\.0)+$/, '');
}
