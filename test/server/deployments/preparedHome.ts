import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { holdHome } from '../../../server/platform/exclusiveHome.ts';
import { replaceFile } from '../../../server/platform/home.ts';
import { companionEntry, newHome } from '../../harness/testCompanion.ts';
import { openEndpointHome, type EndpointHome, type ModelKind } from './endpointHome.ts';

/** In the order of their version numbers, which start at 1. */
const kinds = ['steady', 'steady:1', 'broken', 'steady:2', 'slow', 'brittle', 'fickle', 'heavy', 'prying'] as const satisfies readonly ModelKind[];

/** Version number of `rule` by the kind of its model. */
export type PreparedVersions = Readonly<Record<(typeof kinds)[number], number>>;

const versionsSchema = z.record(z.enum(kinds), z.number());

const store = fileURLToPath(new URL('../../../.cache/homes', import.meta.url));
const keptMilliseconds = 24 * 3_600_000;

/** What belongs to the companion that made it, not to the data: locks, the last port, logs, routes, replicas, and environments, which cannot be moved. */
const left = new Set(['companion.json', 'companion.lock', 'gateway.lock', 'port', 'logs', 'gateway', 'inference', 'replicas', 'cache', 'environments']);

/** Digest of what the prepared home is made from: the companion, its Python and the models. */
function digestOfParts(): string {
  const program = path.dirname(companionEntry);
  const files = globSync('**/*.{mjs,ts,sql,py,txt}', { cwd: program }).map((file) => path.join(program, file));
  const hash = createHash('sha256').update(`${companionEntry}\0${process.env['SLIPWAY_TEST_PYTHON'] ?? ''}\0${kinds.join()}\0`);
  for (const file of [...files.sort(), ...['log_models.py', 'rule.py'].map((name) => fileURLToPath(new URL(name, import.meta.url)))]) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Homes of earlier builds that no run can use any more. */
function removeOld(current: string): void {
  for (const name of readdirSync(store)) {
    const folder = path.join(store, name);
    if (name !== current && Date.now() - statSync(folder).mtimeMs > keptMilliseconds) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function prepare(root: string): Promise<PreparedVersions> {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const home = await openEndpointHome({ SLIPWAY_TARGET: 'process' }, root);
  try {
    await home.start();
    const versions = await home.register('rule', ...kinds);
    const rollout = await home.deploy({ name: 'prepared', model: 'rule', version: versions.steady });
    if (rollout.state !== 'succeeded') {
      throw new Error(`the prepared home cannot be made: ${rollout.message}`);
    }
    await home.client().call('deleteEndpoint', { name: 'prepared', evenIfBusy: 'true' });
    await home.client().call('deleteAlias', { name: 'rule', alias: 'champion' });
    return versions;
  } finally {
    await home.end();
  }
}

/** Takes over what `complete.json` says of each environment: where its interpreter lies. The copy uses it there. */
function shareEnvironments(from: string, to: string): void {
  for (const file of globSync('environments/*/complete.json', { cwd: from })) {
    cpSync(path.join(from, file), path.join(to, file));
  }
}

/** The prepared home of this build: the first of all test processes that needs it makes it, the others wait for it. */
async function ensurePrepared(): Promise<{ readonly root: string; readonly versions: PreparedVersions }> {
  const digest = digestOfParts();
  const folder = path.join(store, digest);
  const root = path.join(folder, 'home');
  const ready = path.join(folder, 'versions.json');
  mkdirSync(folder, { recursive: true });
  while (!existsSync(ready)) {
    const hold = holdHome(folder, 'preparing.lock');
    if (hold === undefined) {
      await pause(200);
      continue;
    }
    try {
      if (!existsSync(ready)) {
        removeOld(digest);
        replaceFile(ready, JSON.stringify(await prepare(root)));
      }
    } finally {
      hold.release();
    }
  }
  return { root, versions: versionsSchema.parse(JSON.parse(readFileSync(ready, 'utf8'))) };
}

/** A data home of its own with what takes long to make: a version of the model `rule` of each kind, the first one released and its environment built. */
export interface PreparedHome extends EndpointHome {
  readonly versions: PreparedVersions;
}

/**
 * Opens a copy of the data home that all tests share; nothing is started yet.
 * @param environment of the companion, beside what it needs
 */
export async function openPreparedHome(environment: NodeJS.ProcessEnv = {}): Promise<PreparedHome> {
  const prepared = await ensurePrepared();
  const root = newHome();
  cpSync(prepared.root, root, { recursive: true, filter: (file) => !left.has(path.relative(prepared.root, file)) });
  shareEnvironments(prepared.root, root);
  return { ...(await openEndpointHome({ SLIPWAY_TARGET: 'process', ...environment }, root)), versions: prepared.versions };
}
