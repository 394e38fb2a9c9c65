import { readdirSync } from 'node:fs';
import path from 'node:path';
import { cache, digest, isFresh, root, run, writeStamp } from '../../setup/step.mjs';

/** Folder of the extension that stands in for the Jupyter extension. */
export const kernelExtension = path.join(root, 'test/vscode/kernel-extension');

/** Packs the test kernel so that it can be installed beside the packaged Slipway. @returns path of the .vsix */
export async function packKernelExtension(): Promise<string> {
  const file = path.join(cache, 'test-kernel.vsix');
  const stamp = `${file}.stamp`;
  const wanted = digest(readdirSync(kernelExtension).sort().map((name) => path.join(kernelExtension, name)));
  if (!isFresh(stamp, wanted)) {
    const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
    await run(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--out', file], { cwd: kernelExtension });
    writeStamp(stamp, wanted);
  }
  return file;
}
