import path from 'node:path';
import { z } from 'zod';
import { Problem } from '../../platform/errors.ts';
import { runCommand, type Progress } from '../../platform/command.ts';
import { pythonEnvironment } from '../../platform/pythonEnvironment.ts';
import { pythonFolder } from '../../platform/resources.ts';

/** A Python that can make virtual environments. */
export interface Interpreter {
  /** Absolute path of the executable. */
  readonly executable: string;
  /** Such as `3.11.7`. */
  readonly version: string;
  /** Such as `3.11`. */
  readonly minor: string;
  /** Platform tag of the wheels that it takes, such as `manylinux_2_36_x86_64` (PEP 425, PEP 600). */
  readonly platform: string;
  /** Version of its pip; absent where it has none. */
  readonly pip?: string;
}

const oldestMinor = 10;

/** Says what an interpreter is, as one JSON line. Also run inside base images. */
export const describingScript = path.join(pythonFolder, 'slipway_tools', 'describe_python.py');

const description = z.object({ executable: z.string(), version: z.string(), platform: z.string(), pip: z.string().nullable(), venv: z.boolean() });

/** Reads what {@link describingScript} printed; undefined when the lines hold no description. */
export function readDescription(lines: readonly string[]): (Interpreter & { readonly venv: boolean }) | undefined {
  const line = lines.findLast((candidate) => candidate.startsWith('{'));
  if (line === undefined) {
    return undefined;
  }
  const parsed = description.safeParse(JSON.parse(line));
  if (!parsed.success) {
    return undefined;
  }
  const { executable, version, platform, pip, venv } = parsed.data;
  return { executable, version, minor: version.split('.').slice(0, 2).join('.'), platform, venv, ...(pip === null ? {} : { pip }) };
}

async function probe(command: readonly string[], signal: AbortSignal): Promise<ReturnType<typeof readDescription>> {
  const [file = '', ...args] = command;
  try {
    const { status, lines } = await runCommand(file, [...args, describingScript], { signal, environment: pythonEnvironment('python') });
    return status === 0 ? readDescription(lines) : undefined;
  } catch (error) {
    // Shims of versions that are not installed, aliases of app stores and files that are no programs all count as absent.
    if (signal.aborted) {
      throw error;
    }
    return undefined;
  }
}

function commandsFor(minor: string): string[][] {
  return process.platform === 'win32' ? [['py', `-${minor}`], [`python${minor}`], ['python']] : [[`python${minor}`], ['python3'], ['python']];
}

const anyCommands: readonly string[][] = process.platform === 'win32' ? [['py', '-3'], ['python'], ['python3']] : [['python3'], ['python']];

const choose = 'Set slipway.python (or SLIPWAY_PYTHON) to the path of a Python';

/**
 * The interpreter that environments are made with: the setting; else one on PATH of the wanted minor version; else any from 3.10 on,
 * with a warning as progress.
 * @param wanted the model's Python such as `3.11`; undefined when it is not known
 * @throws Problem `not-found` or `invalid-input` that says what to install or set
 */
export async function chooseInterpreter(setting: string, wanted: string | undefined, progress: Progress, signal: AbortSignal): Promise<Interpreter> {
  if (setting !== '') {
    const found = await probe([setting], signal);
    if (found === undefined) {
      throw new Problem('invalid-input', `The setting slipway.python names ${setting}, which is not a Python that can be run.`, {
        field: 'python',
        remedy: 'Correct the path, or empty the setting to use the Python on PATH.',
      });
    }
    return usable(found);
  }
  const candidates = wanted === undefined ? anyCommands : [...commandsFor(wanted), ...anyCommands];
  let fallback: Awaited<ReturnType<typeof probe>>;
  for (const command of candidates) {
    const found = await probe(command, signal);
    if (found === undefined) {
      continue;
    }
    if (wanted === undefined || found.minor === wanted) {
      return usable(found);
    }
    fallback ??= isSupported(found.version) ? found : undefined;
  }
  if (fallback === undefined) {
    throw new Problem('not-found', `No Python${wanted === undefined ? '' : ` ${wanted}`} was found on PATH.`, {
      remedy: `Install Python ${wanted ?? '3.10 or newer'}. ${choose} that is elsewhere.`,
    });
  }
  progress(
    `Warning: the model was made with Python ${wanted ?? ''}, which was not found; Python ${fallback.version} is used. ${choose} ${wanted ?? ''} to be exact.`,
  );
  return usable(fallback);
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 3 && minor >= oldestMinor;
}

function usable({ venv, ...interpreter }: Interpreter & { readonly venv: boolean }): Interpreter {
  if (!isSupported(interpreter.version)) {
    throw new Problem('invalid-input', `Python ${interpreter.version} (${interpreter.executable}) is too old: 3.${oldestMinor} or newer is needed.`, {
      field: 'python',
      remedy: `${choose} 3.${oldestMinor} or newer.`,
    });
  }
  if (!venv) {
    throw new Problem('unavailable', `Python ${interpreter.version} (${interpreter.executable}) cannot make virtual environments: venv or ensurepip is missing.`, {
      remedy: `Install it (Debian and Ubuntu: apt-get install python${interpreter.minor}-venv). ${choose} that has it.`,
    });
  }
  return interpreter;
}

/** Path of the interpreter inside a virtual environment. */
export function venvPython(folder: string): string {
  return process.platform === 'win32' ? path.join(folder, 'Scripts', 'python.exe') : path.join(folder, 'bin', 'python');
}
