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
  /** `uv` of PATH, else a private one; undefined where pip has settings that uv does not know, or cannot fetch it: pip takes its place then. */
  uv(interpreter: Interpreter, progress: Progress, signal: AbortSignal): Promise<string | undefined>;
  /** `uv` of PATH, else a private one that pip fetches; for what pip cannot do. */
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

  const fetchUv: PackageTools['fetchUv'] = async (interpreter, progress, signal) =>
    (await uvOnPath(signal)) ?? (await shared.run('uv', progress, signal, (announce, ended) => privateUv(interpreter, announce, ended)));

  const pipSettings = async ([file = '', ...args]: readonly string[], signal: AbortSignal): Promise<readonly string[]> =>
    (await runCommand(file, [...args, 'config', 'list'], { signal, environment: pythonEnvironment() })).lines;

  return {
    pip,
    fetchUv,
    async uv(interpreter, progress, signal) {
      const found = await uvOnPath(signal);
      if (found !== undefined || !uvKnows(await pipSettings(await pip(interpreter, progress, signal), signal))) {
        return found;
      }
      try {
        return await fetchUv(interpreter, progress, signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof Problem)) {
          throw error;
        }
        return undefined;
      }
    },
    async uvEnvironment(pipCommand, signal) {
      if (process.env['UV_DEFAULT_INDEX'] !== undefined || process.env['UV_INDEX_URL'] !== undefined || process.env['UV_CONFIG_FILE'] !== undefined) {
        return pythonEnvironment(alone);
      }
      return pythonEnvironment({ ...uvVariables(await pipSettings(pipCommand, signal)), ...alone });
    },
  };
}

async function runOrThrow(file: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const { status, lines } = await runCommand(file, args, { signal, environment: pythonEnvironment() });
  if (status !== 0) {
    throw packageProblem(lines, 'set up the package tools');
  }
}

const sections = ['global', 'install', ':env:'];

/** Settings of pip that bear on what it installs, by name; a section that stands later in {@link sections} goes before. */
function readPipSettings(lines: readonly string[]): Map<string, { value: string; rank: number }> {
  const values = new Map<string, { value: string; rank: number }>();
  for (const line of lines) {
    const match = /^(global|install|:env:)\.([\w-]+)=(['"])(.*)\3$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined || match[4] === undefined) {
      continue;
    }
    const rank = sections.indexOf(match[1]);
    if ((values.get(match[2])?.rank ?? -1) <= rank) {
      values.set(match[2], { value: match[4].replace(/\\n/g, ' ').replace(/\\(.)/g, '$1').trim(), rank });
    }
  }
  return values;
}

/** Settings of pip that {@link uvVariables} passes on. */
const passedOn = ['index-url', 'extra-index-url', 'find-links', 'trusted-host', 'cert', 'proxy'];

/** Settings of pip that change nothing of what is installed. */
const immaterial = [
  ...['timeout', 'default-timeout', 'retries', 'cache-dir', 'no-cache-dir', 'progress-bar', 'no-color', 'no-input', 'quiet', 'verbose', 'log'],
  ...['disable-pip-version-check', 'no-python-version-warning', 'root-user-action', 'no-warn-script-location', 'break-system-packages'],
  ...['require-virtualenv', 'user', 'compile', 'no-compile', 'config-file', 'exists-action'],
];

/**
 * Whether uv can do what pip would do with its settings; a keyring or a certificate of a client is for pip alone.
 * @param lines what `pip config list` prints
 */
export function uvKnows(lines: readonly string[]): boolean {
  return [...readPipSettings(lines).keys()].every((name) => passedOn.includes(name) || immaterial.includes(name));
}

/**
 * pip's settings as uv's environment variables.
 * @param lines what `pip config list` prints: `global.index-url='https://...'`, with `:env:` for environment variables
 */
export function uvVariables(lines: readonly string[]): NodeJS.ProcessEnv {
  const values = readPipSettings(lines);
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
