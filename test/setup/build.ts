import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { cache, digest, isFresh, root, run, step, writeStamp } from './step.mjs';

const sources = ['extension', 'server', 'webview'];
const configuration = ['esbuild.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** Written when `dist/` is up to date; it holds a digest of the sources. */
export const buildStamp = path.join(cache, 'build.stamp');

/** True when `dist/` was bundled from the sources as they are now. */
export function isBuilt(): boolean {
  return existsSync(path.join(root, 'dist')) && isFresh(buildStamp, sourceDigest());
}

/** Bundles the sources into `dist/` when they have changed since the last time. */
export async function build(): Promise<void> {
  if (isBuilt()) {
    return;
  }
  // Taken before: a source that changes while the bundles are made is seen by the next build.
  const made = sourceDigest();
  await step('Building', () => run(process.execPath, ['esbuild.mjs']));
  writeStamp(buildStamp, made);
}

function sourceDigest(): string {
  const files = [
    ...configuration.map((name) => path.join(root, name)).filter((file) => existsSync(file)),
    ...sources.flatMap((folder) => listFiles(path.join(root, folder))),
  ];
  return digest(files.sort());
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && !item.name.endsWith('.pyc') && !item.parentPath.includes('node_modules'))
    .map((item) => path.join(item.parentPath, item.name));
}
