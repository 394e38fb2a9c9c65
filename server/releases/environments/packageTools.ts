import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Problem } from '../../platform/errors.ts';
import { runCommand, type CommandOptions, type CommandResult, type Progress } from '../../platform/command.ts';
import { runBuild, type Build } from './cagedBuilds.ts';
import { packageProblem } from './packageProblem.ts';
import { venvPython, type Interpreter } from './interpreters.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { createPipConfiguration } from './pipConfiguration.ts';
import { uvKnows, uvVariables } from './pipSettings.ts';
import { createSharedWork } from '../sharedWork.ts';

/** Finds the programs that resolve and install packages, and fetches those that are missing into the data home. */
export interface PackageTools {
  /** The command `pip`, from version 23 on, run by the interpreter or one of the same version. */
  pip(interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<readonly string[]>;
  /** `uv` of PATH, else a private one; undefined where pip has settings that uv does not know, or cannot fetch it: pip takes its place then. */
  uv(interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<string | undefined>;
  /** `uv` of PATH, else a private one that pip fetches; for what pip cannot do. */
  fetchUv(interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<string>;
  /** Environment for uv with pip's index, CA and proxy settings of this machine, where uv has none of its own. */
  uvEnvironment(pip: readonly string[], signal: AbortSignal): Promise<NodeJS.ProcessEnv>;
  /** Runs uv or pip, in a cage where packages may be built. */
  run(job: ToolRun, progress: Progress, options: CommandOptions): Promise<CommandResult>;
}

/** What uv or pip is run for. */
export type ToolRun = Omit<Build, 'home'>;

/** `--report` with hashes, `--python` and `--dry-run` came by then (https://pip.pypa.io/en/stable/news/). */
const oldestPip = 23;

/** uv would fetch a Python of the version that it resolves for. */
const alone = { UV_PYTHON_DOWNLOADS: 'never' };

function pipOf(python: string): readonly string[] {
  return [python, '-m', 'pip'];
}

/**
 * @param folder where tools are kept, such as `environments/tools` of the data home
 * @param home the data home
 */
export function createPackageTools(folder: string, home: string): PackageTools {
  const uvOnPath = async (signal: AbortSignal): Promise<string | undefined> => {
    try {
      const { status } = await runCommand('uv', ['--version'], { signal, environment: pythonEnvironment('packages') });
      return status === 0 ? 'uv' : undefined;
    } catch (error) {
      if (Problem.is(error, 'not-found')) {
        return undefined;
      }
      throw error;
    }
  };

  const shared = createSharedWork<string>();

  const currentPip = async (interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<string> => {
    const venv = path.join(folder, `pip-${interpreter.version}`);
    if (!existsSync(path.join(venv, 'complete'))) {
      progress('Setting up a current pip');
      await rm(venv, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await runOrThrow(interpreter.executable, ['-m', 'venv', venv], signal);
      await runOrThrow(venvPython(venv), ['-m', 'pip', 'install', '--upgrade', `pip>=${oldestPip}`], signal);
      await mkdir(path.join(venv, 'complete'));
    }
    return venvPython(venv);
  };

  const pip: PackageTools['pip'] = async (interpreter, progress, signal) =>
    interpreter.pip !== undefined && Number.parseInt(interpreter.pip, 10) >= oldestPip
      ? pipOf(interpreter.executable)
      : pipOf(
          await shared.run(`pip ${interpreter.version}`, progress, signal, (announce, ended) => currentPip(interpreter, announce, ended)),
        );

  const privateUv = async (interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<string> => {
    const home = path.join(folder, 'uv');
    const executable = path.join(home, 'bin', process.platform === 'win32' ? 'uv.exe' : 'uv');
    if (!existsSync(executable)) {
      const [file = '', ...args] = await pip(interpreter, progress, signal);
      progress('Fetching uv, which resolves and installs packages');
      await mkdir(folder, { recursive: true });
      const temporary = await mkdtemp(path.join(folder, '.uv-'));
      try {
        await runOrThrow(file, [...args, 'install', '--target', temporary, '--no-deps', '--only-binary', ':all:', 'uv'], signal);
        await rm(home, { recursive: true, force: true });
        await rename(temporary, home);
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    }
    return executable;
  };

  const ensurePrivateUv: PackageTools['fetchUv'] = (interpreter, progress, signal) =>
    shared.run('uv', progress, signal, (announce, ended) => privateUv(interpreter, announce, ended));

  const pipConfiguration = createPipConfiguration();

  return {
    pip,
    run(job, progress, options) {
      const [file = '', ...args] = job.command;
      return job.packages.length === 0 ? runCommand(file, args, options) : runBuild({ ...job, home }, progress, options);
    },
    fetchUv: async (interpreter, progress, signal) => (await uvOnPath(signal)) ?? (await ensurePrivateUv(interpreter, progress, signal)),
    async uv(interpreter, progress, signal) {
      const found = await uvOnPath(signal);
      if (found !== undefined || !uvKnows(await pipConfiguration(await pip(interpreter, progress, signal), signal))) {
        return found;
      }
      try {
        return await ensurePrivateUv(interpreter, progress, signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof Problem)) {
          throw error;
        }
        return undefined;
      }
    },
    async uvEnvironment(pipCommand, signal) {
      if (process.env['UV_DEFAULT_INDEX'] !== undefined || process.env['UV_INDEX_URL'] !== undefined || process.env['UV_CONFIG_FILE'] !== undefined) {
        return pythonEnvironment('packages', alone);
      }
      return pythonEnvironment('packages', { ...uvVariables(await pipConfiguration(pipCommand, signal)), ...alone });
    },
  };
}

async function runOrThrow(file: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const { status, lines } = await runCommand(file, args, { signal, environment: pythonEnvironment('packages') });
  if (status !== 0) {
    throw packageProblem(lines, 'set up the package tools');
  }
}
