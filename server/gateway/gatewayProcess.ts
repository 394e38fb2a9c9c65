import { z } from 'zod';
import { pollWithin, until } from '../platform/time/poll.ts';
import { isAlive } from '../platform/processEnd.ts';
import { isNewer } from '../platform/versions.ts';
import type { CompanionContext } from '../platform/context.ts';
import { Problem } from '../platform/errors.ts';
import { callGateway } from './controlCall.ts';
import { launchGateway } from './launch.ts';
import { gatewayLockPath, readGatewayLock } from './lockFile.ts';
import { gatewayStatus, type GatewayLock, type GatewayStatus } from './statusReport.ts';

const appearMilliseconds = 5000;
const takeOverMilliseconds = 60_000;
/** An older gateway that has had no request for so long is replaced. */
const idleMilliseconds = 60_000;
const lookAgainMilliseconds = 20;

/** A gateway that answers, and what it said. */
export interface RunningGateway {
  readonly lock: GatewayLock;
  readonly status: GatewayStatus;
}

/** The gateway process of a data home. */
export interface GatewayProcess {
  /** Undefined when none answers. */
  find(): Promise<RunningGateway | undefined>;
  /**
   * Starts the gateway when none answers; moves one that is on another port than the settings say, replaces an older one that is idle, or
   * that knows nothing of keys.
   * @param keys whether replicas want keys
   * @throws Problem `conflict` when the gateway's port is taken by another program
   */
  ensure(found: RunningGateway | undefined, keys: boolean): Promise<RunningGateway>;
  /** Asks it to end; it finishes what is in flight. Nothing happens where none answers. */
  askToEnd(lock: GatewayLock): Promise<void>;
  /** Lets the gateway finish what is in flight and end. */
  halt(lock: GatewayLock): Promise<void>;
}

export function createGatewayProcess({ home, log, version, settings }: CompanionContext): GatewayProcess {
  const find = async (): Promise<RunningGateway | undefined> => {
    const lock = readGatewayLock(home);
    const status = lock === undefined ? undefined : await callGateway(lock, 'GET', '/-/status', gatewayStatus);
    return lock === undefined || status === undefined || status.pid !== lock.pid ? undefined : { lock, status };
  };

  /** A gateway that another process has just started is found a moment later. */
  const appeared = (): Promise<RunningGateway | undefined> => pollWithin(appearMilliseconds, find, { every: lookAgainMilliseconds });

  const askToEnd = async (lock: GatewayLock): Promise<void> => {
    await callGateway(lock, 'POST', '/-/stop', z.object({}));
  };

  const halt = async (lock: GatewayLock): Promise<void> => {
    await askToEnd(lock);
    await until(takeOverMilliseconds, () => readGatewayLock(home)?.pid !== lock.pid || !isAlive(lock.pid), { every: lookAgainMilliseconds });
  };

  return {
    find,
    askToEnd,
    halt,
    async ensure(found, keys) {
      const port = settings().gatewayPort;
      if (found !== undefined) {
        const { lock, status } = found;
        const idle = isNewer(version, lock.version) && status.inFlight === 0 && status.idleMilliseconds >= idleMilliseconds;
        const outdated = idle || (keys && !status.sendsKeys);
        if (lock.port === port && !outdated) {
          return found;
        }
        log.info(lock.port === port ? `replacing the gateway of version ${lock.version}` : `moving the gateway from port ${lock.port} to ${port}`);
        await halt(lock);
      }
      await launchGateway({ home: home.root, port, version });
      const started = await appeared();
      if (started === undefined) {
        throw new Problem('internal', 'The gateway started but does not answer.', { remedy: `See ${home.logs}/gateway.log; the lock file is ${gatewayLockPath(home)}.` });
      }
      return started;
    },
  };
}
