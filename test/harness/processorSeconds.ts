import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** Processor time that a process and its threads have taken so far, user and system, in seconds; 0 where the system does not tell. */
export function processorSeconds(pid: number): number {
  try {
    const [, rest = ''] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ');
    // Fields 14 and 15 of proc(5), in hundredths of a second; the rest begins with the third.
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}
