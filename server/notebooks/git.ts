import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { GitState } from '../contract/notebooks.ts';
import { environmentFor } from '../platform/environment.ts';

const execute = promisify(execFile);
const timeoutMilliseconds = 10_000;

/** The state of the repository that a folder belongs to; undefined outside a repository, before its first commit, or without git. */
export async function readGitState(folder: string): Promise<GitState | undefined> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await execute('git', ['-C', folder, ...args], {
      timeout: timeoutMilliseconds,
      maxBuffer: 16 * 1024 * 1024,
      // Reading must neither wait for a lock nor ask for anything.
      env: { ...environmentFor('git'), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
    });
    return stdout.trim();
  };
  try {
    const commit = await git('rev-parse', 'HEAD');
    const [branch, changes, remote] = await Promise.all([
      git('symbolic-ref', '--short', '-q', 'HEAD').catch(() => ''),
      git('status', '--porcelain', '--untracked-files=normal'),
      git('remote', 'get-url', 'origin').catch(() => ''),
    ]);
    return {
      commit,
      dirty: changes !== '',
      ...(branch === '' ? {} : { branch }),
      ...(remote === '' ? {} : { remote: withoutCredentials(remote) }),
    };
  } catch {
    return undefined;
  }
}

function withoutCredentials(remote: string): string {
  return remote.replace(/^(\w+:\/\/)[^@/]+@/, '$1');
}
