import { createWriteStream, readFileSync, rmSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { dataHomePath } from './platform/dataHome.ts';
import { startCompanion } from './companion/companion.ts';
import { readEnvironmentFile } from './companion/environmentFile.ts';
import { passedSocket } from './companion/passedSocket.ts';
import { keepEnvironmentOf } from './platform/environment.ts';
import { holdHome } from './platform/exclusiveHome.ts';
import { prepareHome } from './platform/home.ts';
import { damagedDatabase } from './platform/database/homeDatabase.ts';
import { isDamage, toProblem } from './platform/errors.ts';
import { problemBody } from './platform/http/failure.ts';
import { createLog } from './platform/log.ts';
import { packageManifest } from './platform/resources.ts';
import { relaunchOfThis } from './platform/relaunch.ts';
import { readTiming } from './platform/timing.ts';

const defaultIdleSeconds = 15 * 60;
/** What the start has loaded is kept for the next one, once the first clients have been served. */
const codeCacheMilliseconds = 3000;
/** The log gets so long to be written to its end. */
const flushMilliseconds = 1000;

const environment = z.object({
  SLIPWAY_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  SLIPWAY_IDLE_SECONDS: z.coerce.number().positive().default(defaultIdleSeconds),
  /** Descriptor on which the process that started this one waits for one line. */
  SLIPWAY_REPORT_FD: z.coerce.number().int().optional(),
  /** For tests alone: durations that differ from the usual ones. */
  SLIPWAY_TIMING: z.string().optional(),
});

const socket = passedSocket(process.env, process.pid);
const { SLIPWAY_PORT: port, SLIPWAY_IDLE_SECONDS: idleSeconds, SLIPWAY_REPORT_FD: reportDescriptor, SLIPWAY_TIMING: timing } = environment.parse(process.env);

function report(line: string): void {
  if (reportDescriptor === undefined) {
    process.stderr.write(`${line}\n`);
    return;
  }
  try {
    writeSync(reportDescriptor, `${line}\n`);
  } catch {
    // Nobody waits for it any more.
  }
}

/**
 * Ends the process, whatever waits. The data home is let go by the system when the process is gone, and not a moment before: an exit waits for reads
 * that the system does not answer, in this thread and others, and no other companion may run meanwhile.
 * @param clean false when there may be other threads that read
 */
function endProcess(code: number, clean: boolean): void {
  const reads = process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'));
  if (clean && !reads) {
    process.exit(code);
  }
  process.kill(process.pid, 'SIGKILL');
}

async function main(): Promise<void> {
  // Whatever writes into the data home, SQLite and child processes too, leaves nothing for others to read.
  process.umask(0o077);
  const root = dataHomePath();
  const home = prepareHome(root);
  keepEnvironmentOf('companion', readEnvironmentFile(home));
  const hold = holdHome(root);
  if (hold === undefined) {
    report('already-running');
    return;
  }
  const lines = createWriteStream(path.join(home.logs, 'companion.log'), { flags: 'a', mode: 0o600 });
  // A full disk must not end the companion.
  lines.on('error', () => undefined);
  const log = createLog(lines);
  process.on('uncaughtException', (error) => {
    log.error('uncaught', error);
    process.exitCode = 1;
    setTimeout(() => endProcess(1, false), 100);
  });
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageManifest, 'utf8')));
  const start = startCompanion({
    root,
    version,
    log,
    ...(port === undefined ? {} : { port }),
    ...(socket === undefined ? {} : { socket }),
    idleMilliseconds: idleSeconds * 1000,
    timing: readTiming(timing),
    relaunch: relaunchOfThis(),
    ended: (clean) => {
      const leave = (orderly: boolean): void => {
        rmSync(home.lockFile, { force: true });
        endProcess(0, orderly);
      };
      // Whatever happens to the log.
      setTimeout(() => leave(false), flushMilliseconds);
      lines.end(() => leave(clean));
    },
  });
  const companion = await start.catch(async (error: unknown) => {
    const problem = isDamage(error) ? damagedDatabase(home, error) : toProblem(error);
    log.error(`the companion does not start: ${[problem.message, problem.remedy].filter(Boolean).join(' ')}`, problem.reason === 'internal' ? problem.cause : undefined);
    // The process ends before a stream would write by itself.
    await new Promise<void>((resolve) => lines.end(() => resolve()));
    throw problem;
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void companion.end(signal));
  }
  report('ready');
  // Otherwise it is written when the process ends, which a companion that is killed never does.
  setTimeout(flushCompileCache, codeCacheMilliseconds).unref();
}

main().catch((error: unknown) => {
  report(JSON.stringify(problemBody(toProblem(error))));
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 100);
});
