import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { noTests, type Counts } from './counts.ts';
import { readProgress } from './progress.ts';
import type { Ended } from './silence.ts';
import { cache, root } from './step.mjs';

/** What a suite consists of, each a program of its own: tests of one or more files, or a check. */
export interface Part {
  /** As it is shown: path of the file or of the folder from the root of the repository, or name of the check. */
  readonly name: string;
  /** Paths of its test files from the root of the repository. */
  readonly files: readonly string[];
  /** Where it writes its results: nothing may be left there of an earlier run. */
  readonly resultFile?: string;
  /** How long it may give no sign of life, where that is longer than for others. */
  readonly silenceMilliseconds?: number;
  /** @param environment of the program, with what was prepared for its suite */
  start(environment: NodeJS.ProcessEnv): Program;
  count(ended: Ended): Counted;
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Counted {
  readonly counts: Counts;
  /** What a reader should know beside the program's own output, such as why it failed without a failed test. */
  readonly remark?: string;
}

const reporters = [
  [path.join(root, 'test/setup/reporter.ts'), 'stdout'],
  [path.join(root, 'test/setup/progress.ts'), undefined],
] as const;

/**
 * Files of node:test in one process: what they import is loaded once.
 * @param options of Node's test runner, such as `--test-name-pattern`
 */
export function nodeFiles(name: string, files: readonly string[], options: readonly string[] = []): Part {
  const results = resultFile(name, 'jsonl');
  return {
    name,
    files,
    resultFile: results,
    start: () => {
      const report = reporters.flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to ?? results}`]);
      return { command: process.execPath, args: [...report, ...(files.length > 1 ? ['--test', '--test-isolation=none'] : []), ...options, ...files] };
    },
    count: (ended) => {
      const { counts, complete, running } = readProgress(results);
      const where = running.length === 0 ? '' : ` in "${running.join(' > ')}"`;
      if (ended.silent) {
        return { counts: failing(counts), remark: silence(ended, where) };
      }
      if (options.length === 0 && ended.status === 0 && counts.passed + counts.failed + counts.skipped === 0) {
        return { counts: failing(counts), remark: 'has no test' };
      }
      return complete ? byStatus(counts, ended) : { counts: failing(counts), remark: `ended with status ${ended.status}${where}` };
    },
  };
}

/** Files of pytest in one process, which share its fixtures of a session; its interpreter is the one that was prepared. */
export function pytestFiles(name: string, files: readonly string[], options: readonly string[] = []): Part {
  const junit = resultFile(name, 'xml');
  return {
    name,
    files,
    resultFile: junit,
    start: (environment) => {
      const search = [path.join(root, 'server/python'), environment['PYTHONPATH'] ?? ''].filter((entry) => entry !== '').join(path.delimiter);
      return {
        command: environment['SLIPWAY_TEST_PYTHON'] ?? 'python3',
        args: ['-m', 'pytest', ...files, '-v', '--no-header', '-p', 'no:cacheprovider', `--junitxml=${junit}`, ...options],
        // Whoever runs the tests may have told Python to keep nothing that it compiles.
        environment: { PYTHONPATH: search, PYTHONDONTWRITEBYTECODE: '', PYTHONUNBUFFERED: '1' },
      };
    },
    count: (ended) => {
      if (existsSync(junit)) {
        return byStatus(readJunit(junit), ended);
      }
      const remark = ended.silent ? silence(ended, '') : `ended with status ${ended.status} before it had counted its tests`;
      return { counts: failing(noTests), remark };
    },
  };
}

/** A check says nothing until it has ended. */
const checkMilliseconds = 60 * 60_000;

/** A check that passes or fails as a whole, run by this Node. @param script path from the root of the repository */
export function check(name: string, script: string, args: readonly string[]): Part {
  return {
    name,
    files: [],
    silenceMilliseconds: checkMilliseconds,
    start: () => ({ command: process.execPath, args: [path.join(root, script), ...args] }),
    count: (ended) => ({
      counts: ended.status === 0 ? { ...noTests, passed: 1 } : failing(noTests),
      ...(ended.silent ? { remark: silence(ended, '') } : {}),
    }),
  };
}

function silence(ended: Ended, where: string): string {
  return `gave no sign of life${where} and was ended after ${ended.seconds.toFixed(0)} s`;
}

function failing(counts: Counts): Counts {
  return { ...counts, failed: counts.failed + 1 };
}

/** A run that ends badly without a failed test (an error after the last test) is a failure too. */
function byStatus(counts: Counts, ended: Ended): Counted {
  return ended.status !== 0 && counts.failed === 0 ? { counts: failing(counts), remark: `ended with status ${ended.status}` } : { counts };
}

/** Counts of a pytest run from its `--junitxml` file. */
function readJunit(file: string): Counts {
  const suite = /<testsuite\s([^>]*)>/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  const number = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = number('skipped');
  return { passed: number('tests') - failed - skipped, failed, skipped };
}

function resultFile(name: string, extension: string): string {
  const folder = path.join(cache, 'counts', 'files');
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${name.replace(/[\\/:]/g, '-')}.${extension}`);
}
