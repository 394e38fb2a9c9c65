import { existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { build, buildStamp, isBuilt } from './build.ts';
import { SetupError, root, run, say, step } from './step.mjs';
import manifest from '../../package.json' with { type: 'json' };

/** Where the packed extension lies. */
export const packageFile = path.join(root, `${manifest.name}-${manifest.version}.vsix`);

/** What may be in the package: a file outside of these is a mistake in .vscodeignore. */
const allowed = /^(dist\/|media\/|package\.json$|package\.nls.*\.json$|l10n\/|readme\.md$|changelog\.md$|license(\.txt|\.md)?$)/i;
const forbidden = /\.(ts|tsx|map)$|\/tests?\/|__pycache__|\.test\./;

/**
 * Bundles everything anew and packs the extension.
 * @returns path of the .vsix
 * @throws SetupError when a file is in it that does not belong there
 */
export async function packageExtension(): Promise<string> {
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  await build();
  const files = await packExtension(packageFile);
  say(`${packageFile}: ${files} files, ${(statSync(packageFile).size / 1e6).toFixed(1)} MB`);
  return packageFile;
}

/** The packed extension, packed again when the sources have changed. @returns path of the .vsix */
export async function ensurePackage(): Promise<string> {
  const fresh = isBuilt() && existsSync(packageFile) && statSync(packageFile).mtimeMs > statSync(buildStamp).mtimeMs;
  if (!fresh) {
    await build();
    await packExtension(packageFile);
  }
  return packageFile;
}

/**
 * Packs what is built into a .vsix.
 * @returns the number of files in it
 * @throws SetupError when a file is in it that does not belong there
 */
export async function packExtension(file: string): Promise<number> {
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  const listed = (await run(process.execPath, [vsce, 'ls', '--no-dependencies'])).trim().split('\n');
  const misplaced = listed.filter((name) => !allowed.test(name) || forbidden.test(name));
  if (misplaced.length > 0) {
    throw new SetupError(`These files do not belong in the package (see .vscodeignore): ${misplaced.join(', ')}`);
  }
  await step(`Packing ${path.basename(file)}`, () =>
    run(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file]),
  );
  return listed.length;
}
