import { execFile } from 'node:child_process';
import { cancelled } from '../command.ts';
import { Problem, systemErrorCode } from '../errors.ts';

interface Ended {
  readonly status: number;
  readonly output: string;
  /** What it said beside its output, without what it says each time. */
  readonly said: string;
}

interface Options {
  readonly input: string;
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

const mostBytes = 1_048_576;
const usual = /^(Signing data on standard input|Could not verify signature\.)$/;

/**
 * Runs the `ssh-keygen` of this machine to its end. It gets the whole environment, as from git: by it ssh-agent and what asks for a passphrase are found.
 * @throws Problem `unavailable` where there is none, or where it does not end in time; `conflict` when cancelled
 */
export function sshKeygen(args: readonly string[], { input, milliseconds, signal }: Options): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile('ssh-keygen', args, { timeout: milliseconds, maxBuffer: mostBytes, windowsHide: true, ...(signal === undefined ? {} : { signal }) }, (error, stdout, stderr) => {
      if (systemErrorCode(error) === 'ENOENT') {
        reject(new Problem('unavailable', 'ssh-keygen was not found: approvals are signed and verified with it.', { remedy: 'Install OpenSSH (8.2 or newer): on Debian and Ubuntu "apt install openssh-client".', cause: error }));
      } else if (signal?.aborted === true) {
        reject(cancelled());
      } else if (error?.killed === true) {
        reject(new Problem('unavailable', `ssh-keygen has not ended within ${milliseconds / 1000} seconds.`, { cause: error }));
      } else {
        const said = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !usual.test(line)).join('; ');
        resolve({ status: error === null ? 0 : 1, output: stdout, said });
      }
    });
    // It may end before it has read everything.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
