import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { startCodeServer } from './codeServer.ts';
import { kernelExtension, packTestExtension } from './testExtensions.ts';
import { build } from './build.ts';
import { ensureCodeServer } from './editor.ts';
import { ensurePackage } from './package.ts';
import { ensurePython } from './python.ts';
import { cache, root, say, step } from './step.mjs';

const sample = path.join(root, 'media', 'sample');
const notebook = path.join(sample, 'churn.ipynb');

/** Opens VS Code with the extension on the sample folder and its notebook: the desktop one where `code` is on PATH, else code-server. */
export async function start(args: readonly string[]): Promise<number> {
  const python = await ensurePython('demo');
  if (spawnSync('code', ['--version'], { shell: process.platform === 'win32' }).status === 0 && !args.includes('--browser')) {
    await build();
    say(`\nThe kernel for the sample notebook: ${python}`);
    spawn('code', [`--extensionDevelopmentPath=${root}`, sample, notebook], { stdio: 'inherit', shell: process.platform === 'win32' });
    return 0;
  }
  return serveInBrowser(python);
}

async function serveInBrowser(python: string): Promise<number> {
  process.env['SLIPWAY_TEST_CODE_SERVER'] = await ensureCodeServer();
  const extension = await ensurePackage();
  const kernel = await packTestExtension(kernelExtension);
  const server = await step('Starting code-server', () =>
    startCodeServer({
      workspace: sample,
      extensions: [extension, kernel],
      userData: path.join(cache, 'code-server-data'),
      environment: { SLIPWAY_TEST_PYTHON: python },
    }),
  );
  say('\nVS Code with Slipway on the sample folder (Ctrl-C ends it):');
  console.log(server.url([['openFile', server.remote(notebook)]]));
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
    server.ended.then(resolve, resolve);
  });
  await server.stop();
  return 0;
}
