import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CallFailure } from './client/callFailure.ts';
import { findRuntime, oldestNode } from './client/runtime.ts';

/** The `slipway` command. On an old Node it runs itself again with the one that was installed beside the package. */
async function main(): Promise<number> {
  const self = fileURLToPath(import.meta.url);
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    return runAgain(self);
  }
  const { runProgram } = await import('./cli/program.ts');
  return runProgram(process.argv);
}

function runAgain(self: string): Promise<number> {
  const { executable, environment } = findRuntime(path.resolve(path.dirname(self), '..'));
  const child = spawn(executable, [self, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, ...environment } });
  // Ctrl-C reaches both by itself: this one stays until the other has tidied up. What is sent to this one alone is passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
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
