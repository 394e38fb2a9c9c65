import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { CompanionClient } from '../../server/client/companionClient.ts';
import { createCompanionClient } from '../../server/client/companionClient.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { isAlive } from '../../server/platform/processEnd.ts';
import { ensureCompanion } from '../../server/client/start.ts';
import { callGateway } from '../../server/gateway/controlCall.ts';
import { readGatewayLock } from '../../server/gateway/lockFile.ts';
import { describeHome } from '../../server/platform/home.ts';
import { askedBy } from './askedBy.ts';
import { companionProgram } from './built.ts';
import { until } from './until.ts';

export const companionEntry = companionProgram();

/** Tests share what Node has compiled of the companion, where a run of the suites has a place for it; a data home would begin anew. */
const codeCache = process.env['NODE_COMPILE_CACHE'] === undefined ? {} : { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };
const version = '0.1.0';

/** A data home, with whatever companions are started in it. */
export interface TestCompanionHome {
  readonly root: string;
  /** Starts a companion (or finds the running one) as the extension and the command line do. */
  start(options?: { port?: number; version?: string; environment?: NodeJS.ProcessEnv }): Promise<CompanionClient>;
  /** Kills the companion without a chance to tidy up, and waits until it is gone. The gateway does not bring it back. */
  kill(client: CompanionClient): Promise<void>;
  /** Ends the companion with its endpoints; the folder stays. */
  end(): Promise<void>;
  /** As {@link end}, and removes the folder. */
  close(): Promise<void>;
}

/** Path of a new folder for a data home. */
export function newHome(): string {
  return mkdtempSync(path.join(tmpdir(), 'slipway-home-'));
}

export function openCompanionHome(root = newHome()): TestCompanionHome {
  const end = async (): Promise<void> => {
    const lock = await discoverCompanion(root);
    if (lock !== undefined) {
      await createCompanionClient(lock).call('shutDown', { reason: 'test', stopEndpoints: true });
      await until(() => !isAlive(lock.pid));
    }
  };
  return {
    root,
    start: (options = {}) =>
      ensureCompanion({
        home: root,
        entry: companionEntry,
        version: options.version ?? version,
        caller: askedBy('ada'),
        ...(options.port === undefined ? { port: 0 } : { port: options.port }),
        environment: { ...codeCache, ...options.environment },
      }),
    kill: async (client) => {
      const gateway = readGatewayLock(describeHome(root));
      if (gateway !== undefined) {
        await callGateway(gateway, 'POST', '/-/follow', z.object({}), {});
      }
      process.kill(client.lock.pid, 'SIGKILL');
      await until(() => !isAlive(client.lock.pid));
    },
    end,
    close: async () => {
      await end();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
