import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { GitState } from '../contract/notebooks.ts';
import { environmentFor } from '../platform/environment.ts';

const execute = promisify(execFile);
const timeoutMilliseconds = 10_000;

/** The one program beside filters that a repository's settings name and reading its state runs (https://git-scm.com/docs/git-config). */
const quiet = ['-c', 'core.fsmonitor=false'];

/**
 * The state of the repository that a folder belongs to; undefined outside a repository, before its first commit, or without git. It runs no program
 * that the repository's own settings name, for they come with it: a file that such a filter would take for unchanged counts as changed.
 */
export async function readGitState(folder: string): Promise<GitState | undefined> {
  const git = async (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { stdout } = await execute('git', ['-C', folder, ...quiet, ...args], {
      timeout: timeoutMilliseconds,
      maxBuffer: 16 * 1024 * 1024,
      // Reading must neither wait for a lock nor ask for anything.
      env: { ...environmentFor('git'), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', ...more },
    });
    return stdout.trim();
  };
  try {
    const commit = await git(['rev-parse', 'HEAD']);
    const filters = await git(['config', '--show-scope', '--name-only', '-z', '--get-regexp', String.raw`^filter\..*\.(clean|process)$`]).catch(nothingFound);
    const [branch, changes, remote] = await Promise.all([
      git(['symbolic-ref', '--short', '-q', 'HEAD']).catch(() => ''),
      // A submodule has filters of its own; whether it is at another commit is seen all the same.
      git(['status', '--porcelain', '--untracked-files=normal', '--ignore-submodules=dirty'], withoutFilters(filters)),
      git(['remote', 'get-url', 'origin']).catch(() => ''),
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

/** What `git config --get-regexp` ends with where no setting fits. */
function nothingFound(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 1) {
    return '';
  }
  throw error;
}

/**
 * Variables that empty the filters of a repository; those of the user's own settings, such as git-lfs, stay.
 * @param listed scope and name of each setting in turn, each followed by a NUL
 */
function withoutFilters(listed: string): NodeJS.ProcessEnv {
  const parts = listed.split('\0');
  const names = parts.filter((_name, index) => index % 2 === 1 && !['system', 'global'].includes(parts[index - 1] ?? ''));
  return {
    GIT_CONFIG_COUNT: String(names.length),
    ...Object.fromEntries(names.flatMap((name, index) => [[`GIT_CONFIG_KEY_${index}`, name], [`GIT_CONFIG_VALUE_${index}`, '']])),
  };
}

function withoutCredentials(remote: string): string {
  return remote.replace(/^(\w+:\/\/)[^@/]+@/, '$1');
}
