import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { pythonFolder } from './resources.ts';

const run = promisify(execFile);

/** What a machine has to shut a process in, as `slipway_cage --describe` says it. */
const cage = z.discriminatedUnion('mechanism', [
  z.object({ mechanism: z.literal('none'), /** Completes "none: ". */ reason: z.string() }),
  z.object({
    mechanism: z.enum(['landlock', 'bubblewrap', 'sandbox-exec']),
    label: z.string(),
    /** What of the network it can shut. */
    network: z.enum(['all', 'tcp', 'none']),
  }),
]);
export type Cage = z.infer<typeof cage>;

/** What a process in a cage may do beside running programs of the system. */
export interface CageBounds {
  /** Files and folders that it may read. */
  readonly read: readonly string[];
  /** Folders that it may write, and read. */
  readonly write: readonly string[];
  /** The one TCP port that it may listen on. */
  readonly listen?: number | undefined;
  /** Whether it may use the network. */
  readonly network: boolean;
}

const cageProgram = path.join(pythonFolder, 'slipway_cage');

/** Isolated, without site packages: a package that an environment holds must not run before the cage is shut. */
const bare = ['-I', '-S', '-B'];

const describeMilliseconds = 30_000;
const found = new Map<string, Promise<Cage>>();

/**
 * The strongest cage that this machine has; asked once for each interpreter.
 * @param python an interpreter that is to be trusted: not one that belongs to an environment of packages
 */
export function findCage(python: string): Promise<Cage> {
  const known = found.get(python) ?? describe(python);
  found.set(python, known);
  return known;
}

async function describe(python: string): Promise<Cage> {
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    return { mechanism: 'none', reason: 'Slipway knows no way to shut a process in on this system' };
  }
  try {
    const { stdout } = await run(python, [...bare, cageProgram, '--describe'], { timeout: describeMilliseconds });
    return cage.parse(JSON.parse(stdout));
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).trim().split('\n').slice(-1);
    return { mechanism: 'none', reason: `${python} cannot say what this machine has: ${line}` };
  }
}

/**
 * The command that runs a command in a cage; the command itself where there is none.
 * @param python as that of {@link findCage}
 * @param home the data home, which is hidden, as is the user's home; what lies in them can be named in the bounds all the same
 */
export function cagedCommand({ mechanism }: Cage, python: string, home: string, bounds: CageBounds, command: readonly string[]): readonly string[] {
  if (mechanism === 'none') {
    return command;
  }
  const several = (option: string, values: readonly string[]): string[] => values.flatMap((value) => [option, value]);
  return [
    ...[python, ...bare, cageProgram, '--mechanism', mechanism],
    ...several('--hide', [homedir(), home]),
    ...several('--read', bounds.read),
    ...several('--write', bounds.write),
    ...(bounds.listen === undefined ? [] : ['--listen', String(bounds.listen)]),
    ...(bounds.network ? ['--network'] : []),
    ...['--', ...command],
  ];
}

/** What is shut, in words: `Landlock: no access to your files and no network`. */
export function describeCage(shut: Cage, { folders, network }: { readonly folders: readonly string[]; readonly network: boolean }): string {
  if (shut.mechanism === 'none') {
    return `None: ${shut.reason}. It can read your files and use your network`;
  }
  const files = `no access to your files${folders.length === 0 ? '' : ` but ${folders.join(', ')}`}`;
  if (network) {
    return `${shut.label}: ${files}; the network is open to it`;
  }
  const rest: Record<typeof shut.network, string> = { all: ' and no network', tcp: ' and no TCP connections', none: '; the network cannot be closed here' };
  return `${shut.label}: ${files}${rest[shut.network]}`;
}
