import { spawnSync } from 'node:child_process';
import { aptInstall, canInstallPackages } from '../../setup/debian.ts';
import { SetupError, say } from '../../setup/step.mjs';

/** A program that a benchmark starts and that the project does not bring. */
export interface Program {
  readonly command: string;
  /** Package of Debian that has it. */
  readonly debian: string;
}

/** Where Debian puts servers is not on everybody's PATH. */
const PATH = [process.env['PATH'], '/usr/sbin', '/sbin'].join(':');

function pathOf(command: string): string | undefined {
  const { stdout, status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command], { encoding: 'utf8', env: { ...process.env, PATH } });
  return status === 0 ? stdout.trim() : undefined;
}

/** The path of a program, installed first where that can be done; undefined, and said, where it is missing. */
export async function findProgram({ command, debian }: Program): Promise<string | undefined> {
  const found = pathOf(command);
  if (found !== undefined || !canInstallPackages()) {
    if (found === undefined) {
      say(`${command} is missing: install ${debian} (apt-get install ${debian}) to have it measured.`);
    }
    return found;
  }
  await aptInstall([debian]);
  return pathOf(command);
}

/** As {@link findProgram}, for one without which nothing can be measured. */
export async function requireProgram(program: Program): Promise<string> {
  const found = await findProgram(program);
  if (found === undefined) {
    throw new SetupError(`This benchmark needs ${program.command} (the package ${program.debian} on Debian and Ubuntu).`);
  }
  return found;
}
