import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../server/deployments/targets/process/freePort.ts';
import { prepareHome, type DataHome } from '../../../server/platform/home.ts';
import type { CompanionContext } from '../../../server/platform/context.ts';
import type { Settings } from '../../../server/contract/settings.ts';
import { createGatewayControl, type GatewayControl } from '../../../server/gateway/control.ts';
import { inferenceRecord, type InferenceRecord } from '../../../server/gateway/inferenceRecord.ts';
import { readRouteFile, routeFilePath, type EndpointRoute } from '../../../server/gateway/routeFile.ts';
import { openContext } from '../../harness/companionContext.ts';
import type { TestReplica } from './replica.ts';

export const releaseA = 'a'.repeat(64);
export const releaseB = 'b'.repeat(64);

export interface TestHome {
  readonly home: DataHome;
  readonly context: CompanionContext;
  readonly port: number;
  readonly control: GatewayControl;
  /** Puts the route of one endpoint in force; the others stay. */
  route(endpoint: string, route: EndpointRoute): Promise<void>;
  /** Stops the gateway and removes the folder. */
  close(): Promise<void>;
}

/** A data home with a gateway control over a real gateway process. */
export async function openTestHome(overrides: Partial<Settings> = {}): Promise<TestHome> {
  const home = prepareHome(mkdtempSync(path.join(tmpdir(), 'slipway-gateway-')));
  const port = await freePort();
  const context = openContext(home, { gatewayPort: port, ...overrides });
  const control = createGatewayControl(context);
  return {
    home,
    context,
    port: context.settings().gatewayPort,
    control,
    route: (endpoint, route) => control.apply({ ...readRouteFile(routeFilePath(home))?.endpoints, [endpoint]: route }),
    async close() {
      await control.stop();
      context.database.close();
      rmSync(home.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** A route over releases, each with its weight and replicas. */
export function routeOver(...releases: readonly (readonly [release: string, weight: number, replicas: readonly TestReplica[]])[]): EndpointRoute {
  return {
    timeoutSeconds: 10,
    releases: releases.map(([release, weight, replicas], index) => ({
      release,
      version: index + 1,
      weight,
      replicas: replicas.map(({ name, address }) => ({ id: name, address })),
    })),
  };
}

/** Every whole record of an endpoint's inference log. */
export function readLog(home: DataHome, endpoint: string): InferenceRecord[] {
  const folder = path.join(home.inference, endpoint);
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => inferenceRecord.parse(JSON.parse(line)));
}

export function predict(url: string, body: unknown = { inputs: [[1, 2]] }, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/invocations`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
}
