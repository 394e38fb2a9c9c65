import { randomBytes } from 'node:crypto';
import { createWriteStream, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { pollWithin } from '../platform/time/poll.ts';
import { dataHomePath } from '../platform/dataHome.ts';
import { holdHome, type HomeHold } from '../platform/exclusiveHome.ts';
import { prepareHome, replaceFile } from '../platform/home.ts';
import { Problem, systemErrorCode, toProblem } from '../platform/errors.ts';
import { problemBody } from '../platform/http/failure.ts';
import { createLog } from '../platform/log.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { gatewayLockPath, readGatewayLock } from './lockFile.ts';
import type { GatewayLock } from './statusReport.ts';

/** How long a gateway that makes way may take to let go of the data home; it frees the port and removes the lock file first. */
const takeOverMilliseconds = 5000;
const portMilliseconds = 500;
const retryMilliseconds = 25;

const environment = z.object({
  SLIPWAY_GATEWAY_PORT: z.coerce.number().int().min(0).max(65535),
  SLIPWAY_GATEWAY_VERSION: z.string().min(1),
  /** Descriptor on which the process that started this one waits for one line. */
  SLIPWAY_REPORT_FD: z.coerce.number().int().optional(),
});

const { SLIPWAY_GATEWAY_PORT: port, SLIPWAY_GATEWAY_VERSION: version, SLIPWAY_REPORT_FD: reportDescriptor } = environment.parse(process.env);

function report(line: string): void {
  try {
    writeSync(reportDescriptor ?? 2, `${line}\n`);
  } catch {
    // Nobody waits for it any more.
  }
}

async function main(): Promise<void> {
  process.umask(0o077);
  const home = prepareHome(dataHomePath());
  const hold = await pollWithin<HomeHold | 'served'>(takeOverMilliseconds, () => holdHome(home.gateway, 'gateway.lock') ?? (readGatewayLock(home) === undefined ? undefined : 'served'), { every: retryMilliseconds });
  if (hold === undefined || hold === 'served') {
    report('already-running');
    return;
  }
  const log = createLog(createWriteStream(path.join(home.logs, 'gateway.log'), { flags: 'a', mode: 0o600 }));
  const controlToken = randomBytes(32).toString('base64url');
  const started = await pollWithin<Gateway>(
    portMilliseconds,
    () => startGateway({ home, port, controlToken, version, log, stopRequested: () => void stop('asked by the companion') }).catch((error: unknown) => {
      if (systemErrorCode(error) === 'EADDRINUSE') {
        return undefined;
      }
      throw error;
    }),
    { every: retryMilliseconds },
  );
  if (started === undefined) {
    throw new Problem('conflict', `Port ${port} is taken by another program; the gateway needs it for the endpoints' URLs.`, {
      field: 'gatewayPort',
      remedy: 'End that program, or set slipway.gatewayPort (or SLIPWAY_GATEWAY_PORT) to a free port.',
    });
  }
  const gateway = started;
  const lock: GatewayLock = { pid: process.pid, port: gateway.port, controlToken, version, startedAt: gateway.startedAt };
  const lockFile = gatewayLockPath(home);

  let stopping: Promise<void> | undefined;
  const stop = (reason: string): Promise<void> => {
    stopping ??= (async () => {
      log.info(`ending: ${reason}`);
      gateway.stopAccepting();
      rmSync(lockFile, { force: true });
      hold.release();
      await gateway.finish();
      process.exit(0);
    })();
    return stopping;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void stop(signal));
  }
  process.on('uncaughtException', (error) => log.error('uncaught', error));
  process.on('unhandledRejection', (error) => log.error('unhandled', error));
  replaceFile(lockFile, `${JSON.stringify(lock)}\n`);
  log.info(`gateway ${version} listens on 127.0.0.1:${gateway.port}`);
  report('ready');
}

main().catch((error: unknown) => {
  report(JSON.stringify(problemBody(toProblem(error))));
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 100);
});
