import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** A process that still runs although the tests that started it have ended. */
interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** Processes whose environment, command line or working folder names the folder. Linux only; elsewhere there are none to see. */
function findLeftovers(folder: string): Leftover[] {
  if (process.platform !== 'linux') {
    return [];
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const seen = [command, readFileSync(`/proc/${name}/environ`, 'utf8'), readlinkSync(`/proc/${name}/cwd`)];
        return seen.some((text) => text.includes(folder)) ? [{ pid: Number(name), command }] : [];
      } catch {
        // It has ended meanwhile, or it is another user's.
        return [];
      }
    });
}

/** Ends the processes that tests have left behind in their temporary folder. @returns their command lines, for the report */
export function endLeftovers(folder: string): string[] {
  return findLeftovers(folder).flatMap(({ pid, command }) => {
    try {
      process.kill(pid, 'SIGKILL');
      return [command.slice(0, 160)];
    } catch {
      return [];
    }
  });
}
