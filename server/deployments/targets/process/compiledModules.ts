import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cagedCommand, type Cage } from '../../../platform/cage.ts';
import { runCommand, type Progress } from '../../../platform/command.ts';
import { systemErrorCode } from '../../../platform/errors.ts';
import { pythonFolder } from '../../../platform/resources.ts';
import { createTurn, type Turn } from '../../../platform/time/turn.ts';
import { replicaEnvironment, temporaryFolder } from './replicaEnvironment.ts';

/** A virtual environment: its interpreter, and the one of this machine that it was made with. */
export interface Venv {
  readonly python: string;
  readonly base: string;
}

/** The folder of a virtual environment. */
export function venvFolder({ python }: Pick<Venv, 'python'>): string {
  return path.dirname(path.dirname(python));
}

/**
 * Where replicas find compiled modules. In a cage they cannot write there: what one left would be the code of all others with the same
 * environment. Without a cage each compiles what it misses.
 */
export function modulesFolder(venv: Pick<Venv, 'python'>, { mechanism }: Cage): string {
  // Compiled modules are found by the path of their source, and the model server's differs by version.
  const place = createHash('sha256').update(pythonFolder).digest('hex').slice(0, 8);
  return path.join(venvFolder(venv), mechanism === 'none' ? 'bytecode' : `modules-${place}`);
}

/** By environment: a deploy and a check of its version may want the same one at once, and each removes what looks left behind. */
const turns = new Map<string, Turn>();

const script = path.join(pythonFolder, 'slipway_tools', 'compile_modules.py');

/**
 * Compiles what replicas import, once for each environment, where replicas in cages could not keep what they compile. The packages are
 * imported for it in a cage that may write compiled modules and nothing else.
 */
export async function ensureModules(venv: Venv, cage: Cage, home: string, progress: Progress, signal: AbortSignal): Promise<void> {
  const folder = modulesFolder(venv, cage);
  if (cage.mechanism === 'none' || existsSync(folder)) {
    return;
  }
  const turn = turns.get(folder) ?? createTurn();
  turns.set(folder, turn);
  await turn(async () => {
    signal.throwIfAborted();
    if (!existsSync(folder)) {
      progress('Compiling the modules of the environment');
      await compileModules(venv, cage, home, signal);
    }
  });
}

async function compileModules(venv: Venv, cage: Cage, home: string, signal: AbortSignal): Promise<void> {
  const folder = modulesFolder(venv, cage);
  await removeOthers(venvFolder(venv));
  const making = await mkdtemp(path.join(venvFolder(venv), '.modules-'));
  try {
    const [own, modules] = [path.join(making, 'own'), path.join(making, 'modules')];
    await mkdir(temporaryFolder(own), { recursive: true });
    await mkdir(modules);
    const command = cagedCommand(cage, venv.base, home, { read: [venvFolder(venv), pythonFolder], write: [own, modules], network: false }, [venv.python, script]);
    const [file = '', ...args] = command;
    // What fails to compile is compiled by whoever imports it.
    await runCommand(file, args, { signal, cwd: own, environment: replicaEnvironment(own, modules) });
    await rename(modules, folder).catch((error: unknown) => {
      // Another companion was quicker.
      if (systemErrorCode(error) !== 'ENOTEMPTY' && systemErrorCode(error) !== 'EEXIST') {
        throw error;
      }
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** Those of earlier versions of Slipway, and what an interrupted compilation left. */
async function removeOthers(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name === 'bytecode' || /^\.?modules-/.test(name));
  await Promise.all(names.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
}
