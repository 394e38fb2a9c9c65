import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import path from 'node:path';
import { z } from 'zod';
import { shortDigest } from '../../contract/format/digests.ts';
import { replaceFile } from '../../platform/home.ts';
import type { EnvironmentLock } from '../../contract/releases.ts';
import { Problem } from '../../platform/errors.ts';
import type { Progress } from '../../platform/command.ts';
import { chooseInterpreter, venvPython } from './interpreters.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { packageProblem, progressOf } from './packageProblem.ts';
import type { PackageTools } from './packageTools.ts';
import { buildsOf, wheelsBut } from './requirements.ts';
import { createSharedWork } from '../sharedWork.ts';

export interface Venvs {
  /**
   * The virtual environment of a lock, built if it is not there. One build at a time per lock: callers share it, and it is
   * cancelled when the last of them has gone.
   * @throws Problem that says why it cannot be built
   */
  ensureVenv(lock: EnvironmentLock, progress: Progress, signal: AbortSignal): Promise<z.infer<typeof completion>>;
  /** A venv that is complete: its interpreter, and the one of this machine that it was made with; undefined when it has to be built. */
  existing(sha256: string): Promise<z.infer<typeof completion> | undefined>;
}

export interface VenvSettings {
  /** One folder per lock is made here. */
  readonly environments: string;
  /** One log per lock is written here. */
  readonly logs: string;
  readonly tools: PackageTools;
  lockText(sha256: string): string | undefined;
  /** The setting `slipway.python`. */
  python(): string;
}

/** `complete.json` of an environment: its interpreter, and the one that it was made with. */
export const completion = z.object({ python: z.string(), base: z.string() });

/** Path of the log of an environment's build, inside the folder of logs. */
export function buildLog(logs: string, sha256: string): string {
  return path.join(logs, 'builds', `${sha256}.log`);
}

export function createVenvs(settings: VenvSettings): Venvs {
  const shared = createSharedWork<z.infer<typeof completion>>();
  const folderOf = (sha256: string): string => path.join(settings.environments, sha256);

  const existing: Venvs['existing'] = async (sha256) => {
    try {
      const found = completion.parse(JSON.parse(await readFile(path.join(folderOf(sha256), 'complete.json'), 'utf8')));
      // The Python that the venv was made with may have been removed since.
      return existsSync(found.python) && existsSync(found.base) ? found : undefined;
    } catch {
      return undefined;
    }
  };

  const build = async (lock: EnvironmentLock, progress: Progress, signal: AbortSignal): Promise<z.infer<typeof completion>> => {
    const text = settings.lockText(lock.sha256);
    if (text === undefined) {
      throw new Problem('not-found', `The environment lock ${shortDigest(lock.sha256)} is not in this data home.`, {
        remedy: 'Deploy the model version again; that resolves its packages anew.',
      });
    }
    const interpreter = await chooseInterpreter(settings.python(), lock.python, progress, signal);
    if (interpreter.minor !== lock.python) {
      throw new Problem('unavailable', `The environment is locked for Python ${lock.python}; Python ${interpreter.version} is what was found.`, {
        remedy: `Install Python ${lock.python}, or set slipway.python to one.`,
      });
    }
    const folder = folderOf(lock.sha256);
    await mkdir(folder, { recursive: true });
    await removeContent(folder);
    // A venv is not relocatable: it is built in place, and what complete.json does not name was interrupted. Each build has a folder
    // of its own, so that a pip which outlived a killed companion cannot write into it.
    const venv = await mkdtemp(path.join(folder, 'venv-'));
    await mkdir(path.join(settings.logs, 'builds'), { recursive: true });
    const log = createWriteStream(buildLog(settings.logs, lock.sha256), { flags: 'w' });
    // A log that cannot be written must not end the companion; the build itself meets the full disk too.
    log.on('error', () => undefined);
    try {
      progress(`Creating an environment with Python ${interpreter.version}`);
      const lockFile = path.join(folder, 'requirements.lock');
      await writeFile(lockFile, text);
      const python = await install(interpreter, venv, { file: lockFile, builds: buildsOf(text) }, log, progress, signal);
      const complete = { python, base: interpreter.executable };
      replaceFile(path.join(folder, 'complete.json'), JSON.stringify(complete));
      return complete;
    } catch (error) {
      log.write(`${error instanceof Error ? error.message : String(error)}\n`);
      await removeContent(folder);
      throw error;
    } finally {
      log.end();
      await finished(log).catch(() => undefined);
    }
  };

  const install = async (
    interpreter: Awaited<ReturnType<typeof chooseInterpreter>>,
    venv: string,
    lock: { readonly file: string; readonly builds: readonly string[] },
    log: WriteStream,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<string> => {
    const python = venvPython(venv);
    const run = async (command: readonly string[], environment: NodeJS.ProcessEnv, packages: readonly string[] = []): Promise<void> => {
      const onLine = (line: string): void => {
        log.write(`${line}\n`);
        const text = progressOf(line);
        if (text !== undefined) {
          progress(text);
        }
      };
      const { status, lines } = await settings.tools.run({ interpreter, command, packages, read: [lock.file], write: [venv] }, progress, { signal, cwd: venv, environment, onLine });
      if (status !== 0) {
        throw packageProblem(lines, 'build the environment', true);
      }
    };
    const pip = await settings.tools.pip(interpreter, progress, signal);
    const uv = await settings.tools.uv(interpreter, progress, signal);
    // Without pip inside: the serving environment holds what is locked and nothing else. Without bytecode: the first replica compiles
    // what it imports, a third of all modules.
    await run([interpreter.executable, '-m', 'venv', '--without-pip', venv], pythonEnvironment('python'));
    if (uv === undefined) {
      await run([...pip, '--python', python, 'install', '--require-hashes', '--no-deps', '--no-compile', '--no-input', ...wheelsBut(lock.builds), '-r', lock.file], pythonEnvironment('packages'), lock.builds);
    } else {
      const environment = await settings.tools.uvEnvironment(pip, signal);
      await run([uv, 'pip', 'sync', '--python', python, '--require-hashes', '--no-progress', ...wheelsBut(lock.builds), lock.file], environment, lock.builds);
    }
    return python;
  };

  return {
    existing,
    async ensureVenv(lock, progress, signal) {
      return (
        (await existing(lock.sha256)) ??
        shared.run(lock.sha256, progress, signal, async (announce, ended) => (await existing(lock.sha256)) ?? build(lock, announce, ended))
      );
    },
  };
}

async function removeContent(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    await rm(path.join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
