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
