import { build } from 'esbuild';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cache, root } from '../../setup/step.mjs';

export interface BundledSuite {
  /** The module whose `run` VS Code calls. */
  readonly module: string;
  /** Where its tests write their results. */
  readonly results: string;
}

/** Bundles a suite into the CommonJS module that an extension host loads. @param suite path or URL of a file that calls `test()` */
export async function bundleSuite(suite: string | URL): Promise<BundledSuite> {
  const source = typeof suite === 'string' ? suite : fileURLToPath(suite);
  const name = path.relative(root, source).replace(/[\\/]/g, '-').replace(/\.ts$/, '');
  const folder = path.join(cache, 'suites');
  mkdirSync(folder, { recursive: true });
  const module = path.join(folder, `${name}.cjs`);
  const results = path.join(folder, `${name}.results.jsonl`);
  const runner = path.join(root, 'test/harness/vscode/suite.ts');
  await build({
    stdin: {
      contents: [
        `import ${JSON.stringify(source)};`,
        `import { runTests } from ${JSON.stringify(runner)};`,
        `export const run = () => runTests(${JSON.stringify(results)});`,
      ].join('\n'),
      resolveDir: root,
    },
    outfile: module,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return { module, results };
}
