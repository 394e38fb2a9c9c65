import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { digest, isFresh, root, run, step, writeStamp } from './step.mjs';

const sources = ['extension', 'server', 'webview'];
const configuration = ['esbuild.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** Bundles the sources into `dist/` when they have changed since the last time. */
export async function build(): Promise<void> {
  const files = [
    ...configuration.map((name) => path.join(root, name)).filter((file) => existsSync(file)),
    ...sources.flatMap((folder) => listFiles(path.join(root, folder))),
  ].sort();
  const wanted = digest(files);
  const stamp = path.join(root, 'dist', '.stamp');
  if (isFresh(stamp, wanted)) {
    return;
  }
  await step('Building', () => run(process.execPath, ['esbuild.mjs']));
  writeStamp(stamp, wanted);
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && !item.name.endsWith('.pyc') && !item.parentPath.includes('node_modules'))
    .map((item) => path.join(item.parentPath, item.name));
}
