import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cagedCommand, describeCage, findCage } from '../../platform/cage.ts';
import { runCommand, type CommandOptions, type CommandResult, type Progress } from '../../platform/command.ts';
import { environmentFor } from '../../platform/environment.ts';
import { Problem } from '../../platform/errors.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import type { Interpreter } from './interpreters.ts';

export interface Build {
  readonly interpreter: Interpreter;
  /** The data home, which a build cannot read. */
  readonly home: string;
  /** uv or pip, with what it is told. */
  readonly command: readonly string[];
  /** Names of the packages that may be built. */
  readonly packages: readonly string[];
  /** What it may read beside programs and libraries of the system. */
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** Variables that name files and folders which uv and pip read. */
const places = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NIX_SSL_CERT_FILE', 'PIP_CERT', 'PIP_CONFIG_FILE', 'PIP_CLIENT_CERT', 'UV_CONFIG_FILE'] as const;
const listed = ['PIP_FIND_LINKS', 'UV_FIND_LINKS'] as const;

/**
 * Runs uv or pip where it may build packages from their source, which runs their code: in a cage, with a home, a cache and temporary files of
 * its own that go with it, and the network, which fetching build requirements needs.
 */
export async function runBuild({ interpreter, home, command, packages, read, write }: Build, progress: Progress, options: CommandOptions): Promise<CommandResult> {
  const cage = await findCage(interpreter.executable);
  progress(`Building ${packages.join(', ')} from source. Isolation – ${describeCage(cage, { folders: [], network: true })}`);
  const own = await mkdtemp(path.join(await realpath(tmpdir()), 'slipway-build-'));
  try {
    const [cache, temporary] = [path.join(own, 'cache'), path.join(own, 'tmp')];
    await mkdir(temporary);
    const environment = pythonEnvironment('build', environmentFor('build', options.environment));
    const [program = '', ...rest] = command;
    const executable = findProgram(program, environment['PATH'] ?? '');
    const bounds = { read: [...read, executable, ...venvsOf([executable, interpreter.executable]), ...placesOf(environment)], write: [...write, own], network: true };
    const [file = '', ...args] = cagedCommand(cage, interpreter.executable, home, bounds, [executable, ...rest]);
    return await runCommand(file, args, { ...options, environment: { ...environment, HOME: own, TMPDIR: temporary, UV_CACHE_DIR: cache, PIP_CACHE_DIR: cache } });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function findProgram(name: string, searched: string): string {
  const found = path.isAbsolute(name) ? name : searched.split(path.delimiter).map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) {
    throw new Problem('not-found', `${name} was not found.`);
  }
  return found;
}

/** The virtual environments that interpreters belong to: pip lies there. */
function venvsOf(executables: readonly string[]): string[] {
  return executables.map((file) => path.dirname(path.dirname(file))).filter((folder) => existsSync(path.join(folder, 'pyvenv.cfg')));
}

function placesOf(environment: NodeJS.ProcessEnv): string[] {
  const named = [...places.map((name) => environment[name] ?? ''), ...listed.flatMap((name) => (environment[name] ?? '').split(/[\s,]+/))];
  return named.filter((place) => path.isAbsolute(place));
}
