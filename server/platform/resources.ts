import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

/** True when this code runs from the bundle in `dist/`, false when Node runs the sources. */
export const bundled = path.basename(here) !== 'platform';

/** `dist/` of the bundle, where workers lie one folder deeper than the entries, or `server/`. */
const root = !bundled || path.basename(here) === 'workers' ? path.dirname(here) : here;

/** Folder of the numbered SQL migrations. */
export const migrationsFolder = path.join(root, bundled ? 'migrations' : 'platform/database/migrations');

/** Folder that holds the Python packages `slipway`, `slipway_notebook` and `slipway_server`. */
export const pythonFolder = path.join(root, 'python');

/** The page that the companion's root shows. */
export const linkPageFile = path.join(root, bundled ? 'linkPage.html' : 'companion/linkPage.html');

/** Version of this build, from the package manifest beside `dist/` or `server/`. */
export const packageManifest = path.join(root, '..', 'package.json');

/**
 * Path of a process entry or worker: `entry('gateway/main.ts', 'gateway.mjs')` runs from the sources in development and from
 * the bundle once built.
 */
export function entry(source: string, bundle: string): string {
  return path.join(root, bundled ? bundle : source);
}

/** The prebuilt SQLite binding that lies in the bundle; undefined when better-sqlite3 finds its own in node_modules. */
export function sqliteBinding(): string | undefined {
  if (!bundled) {
    return undefined;
  }
  const libc = process.platform === 'linux' && existsSync('/etc/alpine-release') ? 'musl' : '';
  const file = path.join(root, 'native', `${process.platform}${libc}-${process.arch}.node`);
  return existsSync(file) ? file : undefined;
}
