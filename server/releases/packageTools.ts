import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Problem } from '../errors.ts';
import { runCommand, type Progress } from './command.ts';
import { packageProblem } from './packageProblem.ts';
import { pythonEnvironment, venvPython, type Interpreter } from './interpreters.ts';
import { createSharedWork } from './sharedWork.ts';

/** Finds the programs that resolve and install packages, and fetches those that are missing into the data home. */
export interface PackageTools {
  /** The command `pip`, from version 23 on, run by the interpreter or one of the same version. */
  pip(interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<readonly string[]>;
  /** `uv` of PATH; undefined where there is none. */
  uv(signal: AbortSignal): Promise<string | undefined>;
  /** `uv` of PATH, else a private one that pip fetches. */
  fetchUv(interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<string>;
  /** Environment for uv with pip's index, CA and proxy settings of this machine, where uv has none of its own. */
  uvEnvironment(pip: readonly string[], signal: AbortSignal): Promise<NodeJS.ProcessEnv>;
}

/** `--report` with hashes, `--python` and `--dry-run` came by then (https://pip.pypa.io/en/stable/news/). */
const oldestPip = 23;

/** uv would fetch a Python of the version that it resolves for. */
const alone = { UV_PYTHON_DOWNLOADS: 'never' };

function pipOf(python: string): readonly string[] {
  return [python, '-m', 'pip'];
}

/**
 * @param folder where tools are kept, such as `environments/tools` of the data home
 */
export function createPackageTools(folder: string): PackageTools {
  const uvOnPath = async (signal: AbortSignal): Promise<string | undefined> => {
    try {
      const { status } = await runCommand('uv', ['--version'], { signal });
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
      progress('Fetching uv, which resolves packages for another Python or platform');
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

  return {
    pip,
    uv: uvOnPath,
    async fetchUv(interpreter, progress, signal) {
      return (await uvOnPath(signal)) ?? shared.run('uv', progress, signal, (announce, ended) => privateUv(interpreter, announce, ended));
    },
    async uvEnvironment([file = '', ...args], signal) {
      if (process.env['UV_DEFAULT_INDEX'] !== undefined || process.env['UV_INDEX_URL'] !== undefined || process.env['UV_CONFIG_FILE'] !== undefined) {
        return pythonEnvironment(alone);
      }
      const { lines } = await runCommand(file, [...args, 'config', 'list'], { signal, environment: pythonEnvironment() });
      return pythonEnvironment({ ...uvVariables(lines), ...alone });
    },
  };
}

async function runOrThrow(file: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const { status, lines } = await runCommand(file, args, { signal, environment: pythonEnvironment() });
  if (status !== 0) {
    throw packageProblem(lines, 'set up the package tools');
  }
}

/**
 * pip's settings as uv's environment variables.
 * @param lines what `pip config list` prints: `global.index-url='https://...'`, with `:env:` for environment variables
 */
export function uvVariables(lines: readonly string[]): NodeJS.ProcessEnv {
  const precedence = ['global', 'install', ':env:'];
  const values = new Map<string, { value: string; rank: number }>();
  for (const line of lines) {
    const match = /^(global|install|:env:)\.([\w-]+)=(['"])(.*)\3$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined || match[4] === undefined) {
      continue;
    }
    const rank = precedence.indexOf(match[1]);
    if ((values.get(match[2])?.rank ?? -1) <= rank) {
      values.set(match[2], { value: match[4].replace(/\\n/g, ' ').replace(/\\(.)/g, '$1').trim(), rank });
    }
  }
  const several = (key: string): string[] => values.get(key)?.value.split(/\s+/).filter((item) => item !== '') ?? [];
  const variables: [string, string | undefined][] = [
    ['UV_DEFAULT_INDEX', values.get('index-url')?.value],
    ['UV_INDEX', several('extra-index-url').join(' ')],
    ['UV_FIND_LINKS', several('find-links').join(',')],
    ['UV_INSECURE_HOST', several('trusted-host').join(' ')],
    ['SSL_CERT_FILE', values.get('cert')?.value],
    ['HTTPS_PROXY', values.get('proxy')?.value],
    ['HTTP_PROXY', values.get('proxy')?.value],
    // pip takes the best version of all indexes; uv stops at the first index that has the package.
    ['UV_INDEX_STRATEGY', 'unsafe-best-match'],
  ];
  return Object.fromEntries(variables.filter(([, value]) => value !== undefined && value !== ''));
}
