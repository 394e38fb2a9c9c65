import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import { createCompanionClient } from '../../../server/client/companionClient.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';

export interface TestHome {
  readonly path: string;
  /** Variables that give an extension host this data home and a gateway port of its own. */
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the companion with its endpoints, and removes the folder. */
  remove(): Promise<void>;
}

/** A temporary data home. Its companion keeps no endpoint after the test. */
export async function makeHome(): Promise<TestHome> {
  const home = mkdtempSync(path.join(tmpdir(), 'slipway-home-'));
  const environment = { SLIPWAY_HOME: home, SLIPWAY_GATEWAY_PORT: String(await freePort()), SLIPWAY_TARGET: 'process' };
  return {
    path: home,
    environment,
    async remove() {
      const lock = await discoverCompanion(home);
      if (lock !== undefined) {
        await createCompanionClient(lock).call('shutDown', { reason: 'the test is over', stopEndpoints: true });
        const deadline = Date.now() + 20_000;
        while ((await discoverCompanion(home)) !== undefined && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}
