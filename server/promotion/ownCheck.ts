import { statSync } from 'node:fs';
import { formatDuration } from '../contract/format/durations.ts';
import { runCommand } from '../platform/command.ts';
import { Problem } from '../platform/errors.ts';
import { pythonEnvironment } from '../platform/pythonEnvironment.ts';

const lineCharacters = 4096;
const saidCharacters = 500;

/** A command that a policy names. */
export interface OwnCheck {
  /** A program and what it is given; no shell reads them. */
  readonly command: readonly string[];
  readonly milliseconds: number;
}

export interface OwnOutcome {
  readonly status: number;
  /** Its last line, of standard error where it wrote nothing else; without what terminals would take for orders. */
  readonly said: string | undefined;
}

/**
 * Runs a check to its end, with the environment that a Python of the user gets.
 * @param folder where it runs
 * @param given environment variables beside
 * @returns why it came to no end of its own
 * @throws Problem `conflict` when the signal aborts
 */
export async function runOwnCheck({ command: [program = '', ...args], milliseconds }: OwnCheck, folder: string, given: Readonly<Record<string, string>>, signal: AbortSignal): Promise<OwnOutcome | string> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return `There is no folder ${folder} any more, in which ${program} would run.`;
  }
  const deadline = AbortSignal.timeout(milliseconds);
  const last: { output?: string; error?: string } = {};
  try {
    const { status } = await runCommand(program, args, {
      cwd: folder,
      environment: pythonEnvironment('python', given),
      lineCharacters,
      signal: AbortSignal.any([signal, deadline]),
      onLine(line, from) {
        const plain = line.replace(/\p{C}+/gu, ' ').trim().slice(0, saidCharacters);
        if (plain !== '') {
          last[from] = plain;
        }
      },
    });
    return { status, said: last.output ?? last.error };
  } catch (error) {
    if (deadline.aborted && !signal.aborted) {
      return `${program} did not end within ${formatDuration(milliseconds)}.`;
    }
    if (Problem.is(error, 'not-found')) {
      return `${program} was not found, neither in ${folder} nor as a command.`;
    }
    throw error;
  }
}
