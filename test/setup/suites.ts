import { globSync } from 'node:fs';
import path from 'node:path';
import { check, nodeFiles, pytestFiles, type Part } from './parts.ts';
import type { PreparationName } from './preparations.ts';
import { SetupError, cache, root } from './step.mjs';

export interface Suite {
  readonly name: string;
  /** Patterns of its test files, from the root of the repository: those of node:test end with `.ts`, those of pytest with `.py`. */
  readonly files: readonly string[];
  readonly checks?: readonly Part[];
  /** All its files of node:test run in one process; else each runs in its own. */
  readonly together?: boolean;
  readonly needs: readonly PreparationName[];
  /** How much of the machine one of its files takes; 1 is a place of the pool. */
  readonly weight: number;
  /** Runs only by name. */
  readonly onDemand?: boolean;
}

export const suites: readonly Suite[] = [
  {
    name: 'check',
    files: [],
    checks: [
      check('types', 'node_modules/typescript-7/bin/tsc', ['--noEmit', '-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', path.join(cache, 'types.tsbuildinfo')]),
      check('lint', 'node_modules/oxlint/bin/oxlint', ['--format', 'stylish']),
      check('layers', 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs', ['extension', 'server', 'webview', '--config', '.dependency-cruiser.mjs']),
      check('unused', 'node_modules/knip/bin/knip.js', ['--no-progress']),
      check('generated', 'test/setup/generate.ts', ['--check']),
    ],
    needs: [],
    weight: 1,
  },
  { name: 'unit', files: ['test/unit/**/*.test.ts'], together: true, needs: [], weight: 0.5 },
  { name: 'server', files: ['test/server/**/*.test.ts'], needs: ['python', 'build', 'prometheus', 'sshKeygen'], weight: 1 },
  { name: 'python', files: ['test/python/**/*.test.ts', 'test/python/**/test_*.py'], needs: ['python', 'uv', 'build'], weight: 1 },
  { name: 'docker', files: ['test/docker/**/*.test.ts'], needs: ['python', 'build', 'engine', 'baseImage', 'podman', 'imageRegistry'], weight: 1.5 },
  { name: 'webview', files: ['test/webview/**/*.test.ts'], together: true, needs: ['build', 'browser'], weight: 1.5 },
  {
    name: 'vscode',
    files: ['test/vscode/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    needs: ['python', 'build', 'browser', 'editor', 'package'],
    weight: 1.5,
  },
  // What takes too long for each run.
  { name: 'durability', files: ['test/durability/**/*.test.ts'], needs: ['python', 'build'], weight: 2, onDemand: true },
  // The tests that live in the extension host run in the desktop VS Code as well.
  { name: 'desktop', files: ['test/vscode/**/*.host.test.ts'], needs: ['python', 'build', 'desktop'], weight: 2, onDemand: true },
];

/** A part of a suite that is to run. */
export interface Chosen {
  readonly suite: Suite;
  readonly part: Part;
}

/**
 * What the words of the command line choose: suites by name, files by path, and options of the test runner. Without a suite all that do
 * not run by name alone; with a file only the suites that have it.
 * @throws SetupError for a file that no suite has
 */
export function choose(words: readonly string[]): readonly Chosen[] {
  const { names, files, options } = sortWords(words);
  const named = suites.filter(({ name, onDemand }) => (names.length === 0 ? onDemand !== true : names.includes(name)));
  const chosen = named.flatMap((suite) => partsOf(suite, files, options).map((part) => ({ suite, part })));
  const missing = files.filter((file) => !chosen.some(({ part }) => part.files.includes(file)));
  if (missing.length > 0) {
    throw new SetupError(`No suite${names.length === 0 ? '' : ` of ${names.join(', ')}`} in test/setup/suites.ts runs ${missing.join(', ')}.`);
  }
  return chosen;
}

interface Words {
  readonly names: readonly string[];
  readonly files: readonly string[];
  readonly options: readonly string[];
}

/** A word that is neither a suite nor a file is the value of the option before it. @throws SetupError where there is none */
function sortWords(words: readonly string[]): Words {
  const names: string[] = [];
  const files: string[] = [];
  const options: string[] = [];
  for (const [index, word] of words.entries()) {
    const before = words[index - 1] ?? '';
    if (suites.some(({ name }) => name === word)) {
      names.push(word);
    } else if (/\.test\.ts$|\.py$/.test(word)) {
      files.push(path.relative(root, path.resolve(root, word)).replaceAll(path.sep, '/'));
    } else if (word.startsWith('-') || (before.startsWith('-') && !before.includes('='))) {
      options.push(word);
    } else {
      throw new SetupError(`There is no suite '${word}'; the suites are ${suites.map(({ name }) => name).join(', ')}.`);
    }
  }
  return { names, files, options };
}

/** Options are those of one test runner: without a named file they go to Node's, and what it does not run is left out. */
function partsOf(suite: Suite, named: readonly string[], options: readonly string[]): readonly Part[] {
  const wanted = filesOf(suite).filter((file) => (named.length === 0 ? options.length === 0 || file.endsWith('.ts') : named.includes(file)));
  const checks = named.length === 0 && options.length === 0 ? (suite.checks ?? []) : [];
  const [python, node] = [wanted.filter((file) => file.endsWith('.py')), wanted.filter((file) => file.endsWith('.ts'))];
  return [
    ...checks,
    ...inFolders(python).map(([folder, files]) => pytestFiles(nameOf(folder, files), files, options)),
    ...(suite.together === true ? [node].filter(({ length }) => length > 0) : node.map((file) => [file])).map((files) => nodeFiles(nameOf(`test/${suite.name}`, files), files, options)),
  ];
}

/** What Python files import is large, and those of a folder share servers and trained models: they run in one process. */
function inFolders(files: readonly string[]): [folder: string, files: string[]][] {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const folder = path.posix.dirname(file);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [...folders];
}

function nameOf(folder: string, files: readonly string[]): string {
  return files.length === 1 ? (files[0] ?? folder) : folder;
}

export function filesOf(suite: Suite): readonly string[] {
  return globSync(suite.files, { cwd: root }).map((file) => file.replaceAll(path.sep, '/')).sort();
}

/** @throws SetupError for a test file that no suite knows: it would never run */
export function refuseStrays(): void {
  const known = new Set(suites.flatMap(filesOf));
  const strays = globSync(['test/**/*.test.ts', 'test/**/test_*.py'], { cwd: root }).filter((file) => !known.has(file.replaceAll(path.sep, '/')));
  if (strays.length > 0) {
    throw new SetupError(`No suite in test/setup/suites.ts runs ${strays.join(', ')}.`);
  }
}
