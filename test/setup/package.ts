import { constants, cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, buildStamp, isBuilt } from './build.ts';
import { SetupError, cache, root, run, say, step } from './step.mjs';
import manifest from '../../package.json' with { type: 'json' };

/** Where the packed extension lies. */
export const packageFile = path.join(root, `${manifest.name}-${manifest.version}.vsix`);

/** What may be in the package: a file outside of these is a mistake in .vscodeignore. */
const allowed = /^(dist\/|media\/|package\.json$|package\.nls.*\.json$|l10n\/|readme\.md$|changelog\.md$|license(\.txt|\.md)?$)/i;
const forbidden = /\.(ts|tsx|map)$|\/tests?\/|__pycache__|\.test\./;

/** The native part that each platform of VS Code needs (https://code.visualstudio.com/api/working-with-extensions/publishing-extension#platformspecific-extensions). */
const nativeParts: Readonly<Record<string, string>> = {
  'win32-x64': 'win32-x64.node',
  'win32-arm64': 'win32-arm64.node',
  'linux-x64': 'linux-x64.node',
  'linux-arm64': 'linux-arm64.node',
  'alpine-x64': 'linuxmusl-x64.node',
  'alpine-arm64': 'linuxmusl-arm64.node',
  'darwin-x64': 'darwin-x64.node',
  'darwin-arm64': 'darwin-arm64.node',
};

/**
 * The platforms that the words of the command line ask for: none is a package for all of them, `--target linux-x64` one for that alone,
 * `--target all` one for each.
 * @throws SetupError for other words
 */
export function packageTargets(words: readonly string[]): readonly string[] {
  const known = Object.keys(nativeParts);
  const [option, target = '', ...more] = words;
  if (option === undefined) {
    return [];
  }
  if (option !== '--target' || more.length > 0 || !(target === 'all' || known.includes(target))) {
    throw new SetupError(`npm run package takes --target and one of all, ${known.join(', ')}.`);
  }
  return target === 'all' ? known : [target];
}

/**
 * Bundles everything anew and packs the extension: for each of the platforms, or where none is named once for all of them, which takes twice the room.
 * @throws SetupError when a file is in it that does not belong there
 */
export async function packageExtension(targets: readonly string[]): Promise<void> {
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  await build();
  const wanted = targets.map((target) => ({ file: packageFile.replace(/\.vsix$/, `-${target}.vsix`), options: ['--target', target, '--ignoreFile', ignoreOthers([nativeParts[target] ?? ''])] }));
  for (const { file, options } of targets.length === 0 ? [{ file: packageFile, options: [] }] : wanted) {
    const files = await packExtension(file, ...options);
    say(`${file}: ${files} files, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  }
}

/**
 * The extension packed for this machine alone, packed again when the sources have changed. In a run of the tests it is the one that was
 * made for all of them.
 * @returns path of the .vsix
 */
export async function ensurePackage(): Promise<string> {
  const made = process.env['SLIPWAY_TEST_PACKAGE'];
  if (made !== undefined) {
    return made;
  }
  const file = path.join(cache, `${manifest.name}-here.vsix`);
  const fresh = isBuilt() && existsSync(file) && statSync(file).mtimeMs > statSync(buildStamp).mtimeMs;
  if (!fresh) {
    await build();
    await packExtension(file, '--ignoreFile', ignoreOthers(nativeHere()));
  }
  return file;
}

const everything = '!dist/**';

/** Those of this machine, whichever C library it has. */
function nativeHere(): string[] {
  return readdirSync(path.join(root, 'dist/native')).filter((name) => name.startsWith(process.platform) && name.includes(`-${process.arch}.`));
}

/**
 * `.vscodeignore` with these native parts alone. What it takes in, nothing takes out again: so it names those parts.
 * @returns path of the file
 */
function ignoreOthers(natives: readonly string[]): string {
  const text = readFileSync(path.join(root, '.vscodeignore'), 'utf8');
  if (!text.includes(everything)) {
    throw new SetupError(`.vscodeignore has no line ${everything}`);
  }
  const file = path.join(cache, `vscodeignore-${natives.join('-')}`);
  writeFileSync(file, text.replace(everything, ['!dist/*', '!dist/!(native)/**', ...natives.map((name) => `!dist/native/${name}`)].join('\n')));
  return file;
}

/** What is none of the sources: vsce looks at every file that there is, whatever it then leaves out. */
const notSources = new Set(['node_modules', '.git', path.basename(cache)]);

/** @returns a folder with a copy of the sources and of what is built of them */
function copySources(): string {
  const folder = path.join(cache, 'package');
  rmSync(folder, { recursive: true, force: true });
  for (const name of readdirSync(root).filter((each) => !notSources.has(each) && !each.endsWith('.vsix'))) {
    cpSync(path.join(root, name), path.join(folder, name), {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      // Python's own, where somebody has run it without saying that it shall keep nothing.
      filter: (file) => path.basename(file) !== '__pycache__',
    });
  }
  return folder;
}

/**
 * Packs what is built into a .vsix.
 * @param options of vsce
 * @returns the number of files in it
 * @throws SetupError when a file is in it that does not belong there
 */
export async function packExtension(file: string, ...options: string[]): Promise<number> {
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  const cwd = copySources();
  const ignore = options.includes('--ignoreFile') ? ['--ignoreFile', options[options.indexOf('--ignoreFile') + 1] ?? ''] : [];
  const listed = (await run(process.execPath, [vsce, 'ls', '--no-dependencies', ...ignore], { cwd })).trim().split('\n');
  const misplaced = listed.filter((name) => !allowed.test(name) || forbidden.test(name));
  if (misplaced.length > 0) {
    throw new SetupError(`These files do not belong in the package (see .vscodeignore): ${misplaced.join(', ')}`);
  }
  await step(`Packing ${path.basename(file)}`, () =>
    run(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file, ...options], { cwd }),
  );
  rmSync(cwd, { recursive: true, force: true });
  return listed.length;
}
