import type { Command } from 'commander';
import { createOutput, type Output } from './output.ts';

/** One group of subcommands: adds itself to the program. */
export type CommandGroup = (program: Command, run: ActionRunner) => void;

/** Wraps an action: gives it the output, and keeps the exit code that it returns (default: success). */
export type ActionRunner = <A extends unknown[]>(
  action: (output: Output, ...args: A) => Promise<number | undefined> | Promise<void>,
) => (...args: A) => Promise<void>;

/** Runs actions for a program and remembers the last exit code. */
export function createActionRunner(program: Command, finished: (code: number) => void): ActionRunner {
  return (action) =>
    async (...args) => {
      const json = program.opts<{ json?: boolean }>().json === true;
      const code = await action(createOutput(json), ...args);
      finished(code ?? 0);
    };
}

/** The end of a command's help: command lines without the leading `slipway`. */
export function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  $ slipway ${line}`)].join('\n');
}
