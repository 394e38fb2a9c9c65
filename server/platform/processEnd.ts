import { readFileSync } from 'node:fs';
import { until } from '../platform/time/poll.ts';

/** True while a process of that id runs. A process that has ended but that nobody collects, as in containers without an init, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of somebody else runs although it cannot be signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return !hasEnded(pid);
}

/** True for what has ended and nobody has waited for. While a thread has not, the process still has its files open, and its locks. */
function hasEnded(pid: number): boolean {
  try {
    // The fields follow the name, which is in parentheses and may hold any character: state is the third, num_threads the twentieth (proc_pid_stat(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)\s*/s, '').split(' ');
    return fields[0] === 'Z' && fields[17] === '1';
  } catch {
    return false;
  }
}

/** Waits for a process that was asked to end. Answers false when it still runs after so many milliseconds. */
export async function waitForEnd(pid: number, milliseconds: number): Promise<boolean> {
  return until(milliseconds, () => !isAlive(pid), { every: 50 });
}
