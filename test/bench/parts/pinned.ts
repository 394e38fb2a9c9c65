import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/** Whether what is measured and what loads it can have a processor each. */
export const canPin = process.platform === 'linux' && availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** The command on one processor alone where that can be had: 0 is for what is measured, 1 for the load and what stands behind. */
export function pinned(processor: 0 | 1, { command, args }: CommandLine): CommandLine {
  return canPin ? { command: 'taskset', args: ['--cpu-list', String(processor), command, ...args] } : { command, args };
}
