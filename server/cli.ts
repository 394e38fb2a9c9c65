import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CallFailure } from './client/callFailure.ts';
import { findRuntime, oldestNode } from './client/runtime.ts';

/** The `slipway` command. On an old Node it runs itself again with the one that was installed beside the package. */
async function main(): Promise<number> {
  const self = fileURLToPath(import.meta.url);
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    const { executable, environment } = findRuntime(path.resolve(path.dirname(self), '..'));
    const { status } = spawnSync(executable, [self, ...process.argv.slice(2)], { stdio: 'inherit', env: environment });
    return status ?? 1;
  }
  const { runProgram } = await import('./cli/program.ts');
  return runProgram(process.argv);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${CallFailure.is(error) ? [error.message, error.remedy].filter(Boolean).join('\n') : String(error)}\n`);
    process.exitCode = 1;
  },
);
