import { spawn } from 'node:child_process';
import { errorBody, errorReason } from '../contract/errors.ts';
import { environmentFor } from '../platform/environment.ts';
import { Problem } from '../platform/errors.ts';
import { entry } from '../platform/resources.ts';

const startMilliseconds = 20_000;

export interface LaunchOptions {
  readonly home: string;
  readonly port: number;
  readonly version: string;
}

/**
 * Starts the gateway as a process of its own that outlives this one. Resolves when it listens, or when another one does.
 * @throws Problem with what the gateway said when it cannot start
 */
export async function launchGateway({ home, port, version }: LaunchOptions): Promise<void> {
  const child = spawn(process.execPath, [entry('gateway/main.ts', 'gateway.mjs')], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...environmentFor('gateway'), SLIPWAY_HOME: home, SLIPWAY_GATEWAY_PORT: String(port), SLIPWAY_GATEWAY_VERSION: version, SLIPWAY_REPORT_FD: '3' },
    windowsHide: true,
  });
  const report = child.stdio[3];
  try {
    await new Promise<void>((resolve, reject) => {
      let said = '';
      const timer = setTimeout(() => reject(notStarted('The gateway did not start in time.')), startMilliseconds);
      child.once('error', (cause) => reject(notStarted('The gateway cannot be run.', cause)));
      report?.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
      });
      report?.once('close', () => settle());
      report?.on('data', () => {
        if (said.includes('\n')) {
          settle();
        }
      });
      const settle = (): void => {
        clearTimeout(timer);
        if (said.startsWith('ready') || said.startsWith('already-running')) {
          resolve();
        } else {
          reject(problemOf(said));
        }
      };
    });
  } finally {
    report?.destroy();
    child.unref();
  }
}

function notStarted(message: string, cause?: unknown): Problem {
  return new Problem('internal', message, { remedy: 'See logs/gateway.log in the data home.', cause });
}

function problemOf(said: string): Problem {
  try {
    const { reason, message, field, remedy } = errorBody.parse(JSON.parse(said)).error;
    return new Problem(errorReason.parse(reason), message, { ...(field === undefined ? {} : { field }), ...(remedy === undefined ? {} : { remedy }) });
  } catch {
    return notStarted('The gateway ended while it started.');
  }
}
