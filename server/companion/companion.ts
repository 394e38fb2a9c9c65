import { createServer } from 'node:http';
import { checkSettings, composeFeatures, type Features } from '../features.ts';
import { createApp } from '../app.ts';
import type { Caller } from '../contract/caller.ts';
import type { CompanionLock, CompanionStatus } from '../contract/companion.ts';
import { createEventHub } from '../platform/http/events.ts';
import type { Log } from '../platform/log.ts';
import { ensureScrapeToken } from '../platform/http/scrapeToken.ts';
import { openHomeDatabase } from '../platform/database/homeDatabase.ts';
import { createJobs } from '../platform/jobs/jobs.ts';
import { messageOf } from '../platform/errors.ts';
import { prepareHome, replaceFile } from '../platform/home.ts';
import { backUpDaily } from './dailyBackup.ts';
import { watchIdle } from './idle.ts';
import { createLeases } from './leases.ts';
import { listenOnLoopback, listenOnSocket } from './listen.ts';
import { placeNotebookPackages } from './notebookPackages.ts';
import { createSettings } from '../platform/settings.ts';
import { within } from '../platform/time/within.ts';
import type { Relaunch } from '../platform/relaunch.ts';
import type { Timing } from '../platform/timing.ts';
import { readOrCreateToken } from './token.ts';

export interface CompanionOptions {
  readonly root: string;
  readonly version: string;
  readonly log: Log;
  readonly port?: number;
  /** Descriptor of the socket to listen on, where a service started this process because somebody connected to it; it comes before the port. */
  readonly socket?: number;
  readonly idleMilliseconds: number;
  readonly timing: Timing;
  /** How the gateway starts it again when it was killed; undefined for one that is not a process of its own. */
  readonly relaunch?: Relaunch;
  /**
   * Called once the companion has ended, for whatever reason: its process must end at once.
   * @param clean false when something did not stop in time and may keep the process from its end
   */
  readonly ended: (clean: boolean) => void;
}

export interface Companion {
  readonly lock: CompanionLock;
  readonly features: Features;
  end(reason: string): Promise<void>;
}

/** Endpoints that stop with the companion have so long beyond their drain. */
const stopEndpointsMilliseconds = 30_000;

/** Milliseconds that open connections get to finish when the companion ends. */
const closeMilliseconds = 2000;

/**
 * Starts a companion in this process. The caller holds the data home.
 * @throws Problem when the home cannot be written, the database is of a newer version, damaged or lost, or an asked port is taken
 */
export async function startCompanion(options: CompanionOptions): Promise<Companion> {
  const { log, version, timing } = options;
  const home = prepareHome(options.root);
  const token = readOrCreateToken(home);
  ensureScrapeToken(home);
  const database = openHomeDatabase(home);
  const events = createEventHub();
  const startedAt = Date.now();
  const settings = createSettings(home, events, checkSettings);
  const context = { home, database, events, jobs: createJobs({ database, log }), log, version, timing, settings: settings.current, relaunch: options.relaunch };
  const features = composeFeatures(context, settings);
  const leases = createLeases(timing.lease);
  /** Features that start may take longer than the idle time. */
  let starting = true;
  const idle = watchIdle({
    idleMilliseconds: options.idleMilliseconds,
    wanted: () => starting || leases.current().length > 0 || features.activeEndpoints() > 0 || features.busy(),
    end: () => void end('idle'),
  });

  let lock: CompanionLock = { pid: process.pid, port: 0, token, version, startedAt, proves: true, python: home.python };
  let endingSince: number | undefined;
  /** From now on nobody may take this companion for one that stays. */
  const announceEnd = (): void => {
    endingSince ??= Date.now();
    try {
      replaceFile(home.lockFile, `${JSON.stringify({ ...lock, endingSince } satisfies CompanionLock)}\n`);
    } catch (error) {
      // On a full disk clients learn it from the companion itself.
      log.warn(`the lock file is not written: ${messageOf(error)}`);
    }
  };

  const server = createServer({ keepAliveTimeout: 75_000 });
  const { port, notice } = await (options.socket === undefined ? listenOnLoopback(server, home, options.port) : listenOnSocket(server, home, options.socket)).catch((error: unknown) => {
    idle.stop();
    database.close();
    throw error;
  });

  const backup = backUpDaily(home, log, timing);
  const status = (): CompanionStatus => {
    const idleUntil = idle.endsAt();
    return {
      version,
      pid: process.pid,
      port,
      home: home.root,
      startedAt,
      clients: leases.current(),
      endpoints: features.activeEndpoints(),
      memoryBytes: process.memoryUsage.rss(),
      ...(idleUntil === undefined ? {} : { idleUntil }),
      notices: [notice, backup.notice(), ...features.notices()].filter((text) => text !== undefined),
    };
  };
  const shutDown = (reason: string, stopEndpoints: boolean, caller: Caller): void => {
    announceEnd();
    // The answer to the request that asked for it goes out first.
    setImmediate(() => {
      const before = stopEndpoints ? within(timing.drain + stopEndpointsMilliseconds, features.stopEndpoints(caller)) : Promise.resolve(true);
      before.catch((error: unknown) => log.error('stopping the endpoints', error)).finally(() => void end(reason));
    });
  };
  server.on('request', createApp(context, features, { port, token, leases, status, shutDown, isEnding: () => endingSince !== undefined }, idle.touch));

  const stopAll = async (): Promise<void> => {
    await backup.stop();
    for (const feature of [...features.all].reverse()) {
      await Promise.resolve(feature.stop?.()).catch((error: unknown) => log.error('stopping a feature', error));
    }
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), closeMilliseconds).unref();
    await closed;
  };
  let ending: Promise<void> | undefined;
  const end = (reason: string): Promise<void> => {
    ending ??= (async () => {
      log.info(`ending: ${reason}`);
      announceEnd();
      idle.stop();
      const clean = await within(timing.end, stopAll());
      if (clean) {
        database.close();
      } else {
        // What was acknowledged is safe, as when the process is killed.
        log.warn(`something did not stop within ${timing.end / 1000} s and is cut off, such as a read from a disk that does not answer`);
      }
      options.ended(clean);
    })();
    return ending;
  };

  if (notice !== undefined) {
    log.warn(notice);
  }
  placeNotebookPackages(home);
  lock = { ...lock, port };
  replaceFile(home.lockFile, `${JSON.stringify(lock)}\n`);
  for (const feature of features.all) {
    await feature.start?.();
  }
  starting = false;
  idle.touch();
  log.info(`companion ${version} listens on 127.0.0.1:${port}, data home ${home.root}`);
  return { lock, features, end };
}
