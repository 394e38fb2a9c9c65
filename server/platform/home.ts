import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { lockFilePath } from './dataHome.ts';
import { Problem } from './errors.ts';

/** Paths inside the data home. */
export interface DataHome {
  readonly root: string;
  readonly lockFile: string;
  readonly tokenFile: string;
  /** What scrapes metrics shows this token, which opens nothing else. */
  readonly scrapeTokenFile: string;
  /** Variables that the user gives the companion and what it starts, for where no shell has them. */
  readonly environmentFile: string;
  readonly database: string;
  /** How far the audit log goes, kept outside of the database. */
  readonly auditHead: string;
  /** Copies of the database; the newest few are kept. */
  readonly backups: string;
  /** Content-addressed artifact files. */
  readonly blobs: string;
  readonly releases: string;
  readonly environments: string;
  readonly gateway: string;
  /** Append-only segments of the inference log, one folder an endpoint. */
  readonly inference: string;
  readonly logs: string;
  /** What no other file may hold; made when the first secret is kept. */
  readonly secrets: string;
  readonly replicas: string;
  /** Python packages that kernels import. */
  readonly python: string;
}

export function describeHome(root: string): DataHome {
  return {
    root,
    lockFile: lockFilePath(root),
    tokenFile: path.join(root, 'token'),
    scrapeTokenFile: path.join(root, 'metrics.token'),
    environmentFile: path.join(root, 'companion.env'),
    database: path.join(root, 'slipway.db'),
    auditHead: path.join(root, 'audit.head'),
    backups: path.join(root, 'backups'),
    blobs: path.join(root, 'blobs'),
    releases: path.join(root, 'releases'),
    environments: path.join(root, 'environments'),
    gateway: path.join(root, 'gateway'),
    inference: path.join(root, 'inference'),
    logs: path.join(root, 'logs'),
    secrets: path.join(root, 'secrets'),
    replicas: path.join(root, 'replicas'),
    python: path.join(root, 'python'),
  };
}

/**
 * Creates the folders of a data home, readable by the user alone; one that others can read is closed to them.
 * @throws Problem `forbidden` when the folder cannot be written, or when it is open to others and not ours to close
 */
export function prepareHome(root: string): DataHome {
  const home = describeHome(root);
  closeToOthers(home);
  try {
    for (const folder of [root, home.backups, home.blobs, home.releases, home.environments, home.gateway, home.inference, home.logs, home.replicas, home.python]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    const probe = path.join(root, `.probe-${process.pid}`);
    closeSync(openSync(probe, 'w'));
    rmSync(probe);
  } catch (error) {
    throw new Problem('forbidden', `The data home ${root} cannot be written.`, {
      remedy: 'Make the folder writable, or set SLIPWAY_HOME to another one.',
      cause: error,
    });
  }
  return home;
}

/** What may be there before the companion: settings and variables that somebody wrote, and what Node has compiled. */
const before: ReadonlySet<string> = new Set(['settings.json', 'companion.env', 'cache']);

/** Params, cells, outputs and the token lie there. Windows keeps a user's folders from others by itself. */
function closeToOthers({ root, database, tokenFile }: DataHome): void {
  const facts = statSync(root, { throwIfNoEntry: false });
  const user = process.getuid?.();
  if (facts === undefined || user === undefined || (facts.mode & 0o077) === 0) {
    return;
  }
  const isDataHome = [database, tokenFile].some((file) => existsSync(file)) || readdirSync(root).every((name) => before.has(name));
  if (facts.uid !== user || !isDataHome) {
    throw new Problem('forbidden', `Others can read the data home ${root}, and ${facts.uid === user ? 'it holds other files' : 'it belongs to another user'}.`, {
      field: 'SLIPWAY_HOME',
      remedy: facts.uid === user ? 'Name a folder of its own, or close this one to others: chmod 700.' : 'Name a folder that is yours.',
    });
  }
  chmodSync(root, 0o700);
}

/** Replaces a file so that readers and crashes see the old content or the new, never a part: temp file, fsync, rename. */
export function replaceFile(file: string, content: string, mode = 0o600): void {
  const temporary = `${file}.${process.pid}.${Date.now()}.tmp`;
  try {
    const descriptor = openSync(temporary, 'w', mode);
    try {
      writeSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
