import { readdirSync } from 'node:fs';
import path from 'node:path';
import { cache, digest, isFresh, root, run, writeStamp } from './step.mjs';

/** Folder of the extension that runs notebooks in place of the Jupyter extension. */
export const kernelExtension = path.join(root, 'test/vscode/kernel-extension');

/** Folder of the extension that gives others the Jupyter extension's kernel API; it needs {@link kernelExtension}. */
export const jupyterExtension = path.join(root, 'test/vscode/jupyter-extension');

/** Packs a test extension so that it can be installed beside the packaged Slipway. @returns path of the .vsix */
export async function packTestExtension(folder: string): Promise<string> {
  const file = path.join(cache, `test-${path.basename(folder)}.vsix`);
  const stamp = `${file}.stamp`;
  const wanted = digest(readdirSync(folder).sort().map((name) => path.join(folder, name)));
  if (!isFresh(stamp, wanted)) {
    const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
    await run(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', file], { cwd: folder });
    writeStamp(stamp, wanted);
  }
  return file;
}
