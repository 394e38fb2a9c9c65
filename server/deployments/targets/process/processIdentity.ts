import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What tells a running process from a later one that got the same id: the boot and the clock tick at which it started on Linux
 * (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html), else the start time that `ps` or PowerShell says. Undefined when no
 * such process runs; a zombie does not.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!exists(pid)) {
    return undefined;
  }
  switch (process.platform) {
    case 'linux':
      return linuxIdentity(pid);
    case 'win32':
      return printed('powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]);
    default:
      return printed('ps', ['-o', 'lstart=', '-p', String(pid)]);
  }
}

/** The command line of a running process as one text; empty when it cannot be read. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return readFile(`/proc/${pid}/cmdline`, 'utf8').then(
      (text) => text.replaceAll('\0', ' '),
      () => '',
    );
  }
  const line =
    process.platform === 'win32'
      ? await printed('powershell', ['-NoProfile', '-Command', `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`])
      : await printed('ps', ['-o', 'args=', '-p', String(pid)]);
  return line ?? '';
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function linuxIdentity(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/sys/kernel/random/boot_id', 'utf8')]);
    // The second field is the command in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const startTicks = fields[19];
    return state === 'Z' || state === 'X' || startTicks === undefined ? undefined : `${boot.trim()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

async function printed(command: string, parameters: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(command, parameters, { windowsHide: true });
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}
