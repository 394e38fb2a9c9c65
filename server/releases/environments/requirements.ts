import { normalizedName, withoutPackages } from '../../models/models.ts';
import { Problem } from '../../platform/errors.ts';

/** A pinned package of a lock. */
export interface PinnedPackage {
  /** Normalized (PEP 503): lower case, dashes. */
  readonly name: string;
  readonly version: string;
  /** sha256 of the files that may be installed, in hex, sorted. */
  readonly hashes: readonly string[];
}

/** What a lock is resolved for. */
export interface LockTarget {
  /** Such as `3.11`. */
  readonly python: string;
  /** Wheel platform tag such as `manylinux_2_36_x86_64`. */
  readonly platform: string;
}

const mlflowPackages: ReadonlySet<string> = new Set(['mlflow', 'mlflow-skinny', 'mlflow-tracing']);

/** The requirements without mlflow: flavors that the model server loads by itself do not need it, and it brings a hundred packages. */
export function withoutMlflow(requirements: string): string {
  return withoutPackages(requirements, mlflowPackages);
}

/**
 * The text of a lock: sorted, one package a line, independent of the tool and the machine that resolved it.
 * @param builds names of the packages that may be built from their source
 */
export function formatLock(target: LockTarget, packages: readonly PinnedPackage[], builds: readonly string[] = []): string {
  const lines = [...packages]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, hashes }) => [`${name}==${version}`, ...[...hashes].sort().map((hash) => `--hash=sha256:${hash}`)].join(' '));
  const built = [...new Set(builds.map(normalizedName))].sort().map((name) => `# build ${name}`);
  return [`# python ${target.python}`, `# platform ${target.platform}`, ...built, ...lines, ''].join('\n');
}

/** The packages that a lock of {@link formatLock} lets be built from their source. */
export function buildsOf(lock: string): string[] {
  return [...lock.matchAll(/^# build ([a-z0-9-]+)$/gm)].map((match) => match[1] ?? '');
}

/** What pip and uv are told so that nothing but wheels is taken, which run no code when they are resolved or installed. @param builds the packages that are built all the same */
export function wheelsBut(builds: readonly string[]): string[] {
  return ['--only-binary', ':all:', ...builds.flatMap((name) => ['--no-binary', name])];
}

/** Reads what {@link formatLock} wrote, or the output of `uv pip compile --generate-hashes`. */
export function parseLock(text: string): PinnedPackage[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pin = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;]+)/.exec(line);
      const hashes = [...line.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map((match) => match[1] ?? '');
      if (pin?.[1] === undefined || pin[2] === undefined || hashes.length === 0) {
        throw new Problem('invalid-input', `"${line}" cannot be pinned by version and hash.`, {
          remedy: 'Require the package by name and version from an index.',
        });
      }
      return { name: normalizedName(pin[1]), version: pin[2], hashes };
    });
}

/** The platform tags whose wheels run on a platform, the best first (PEP 600: glibc wheels of older versions, and the names of old). */
export function compatiblePlatforms(platform: string): string[] {
  const glibc = /^manylinux_2_(\d+)_(\w+)$/.exec(platform);
  if (glibc?.[1] !== undefined && glibc[2] !== undefined) {
    const newest = Number(glibc[1]);
    const machine = glibc[2];
    const tags = Array.from({ length: Math.max(0, newest - 4) }, (_, index) => `manylinux_2_${newest - index}_${machine}`);
    const names: [number, string][] = [[17, 'manylinux2014'], [12, 'manylinux2010'], [5, 'manylinux1']];
    return [...tags, ...names.filter(([version]) => version <= newest).map(([, name]) => `${name}_${machine}`), `linux_${machine}`];
  }
  const musl = /^musllinux_1_2_(\w+)$/.exec(platform);
  return musl?.[1] === undefined ? [platform] : [platform, `musllinux_1_1_${musl[1]}`, `linux_${musl[1]}`];
}

/** A platform without the version of its C library or system: a newer one runs wheels for an older one. */
export function platformFamily(platform: string): string {
  return platform.replace(/^(manylinux|musllinux|macosx)_\d+_\d+_/, '$1_');
}
