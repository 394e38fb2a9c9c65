import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { sticky } from '../contract/sticky.ts';
import { digest, endpointName } from '../contract/values.ts';
import type { DataHome } from '../platform/home.ts';
import { systemErrorCode } from '../platform/errors.ts';

/** One running model server. */
export const replicaRoute = z.object({
  id: z.string().min(1),
  /** Where it answers, as `host:port`, an IPv6 host in brackets; one that answers at several addresses is listed once for each. */
  address: z.string().regex(/^(?:[\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/, 'must be host:port'),
  /** What the replica wants to hear; absent for one that asks for nothing. */
  key: z.string().min(32).optional(),
});
export type ReplicaRoute = z.infer<typeof replicaRoute>;

export const releaseRoute = z.object({
  release: digest,
  /** Number of the model version, as answered in `x-slipway-version`. */
  version: z.number().int().positive(),
  /** Share of the traffic relative to the other releases'; 0 gets none but what names it by `x-slipway-release`. */
  weight: z.number().min(0).max(100),
  replicas: z.array(replicaRoute),
});
export type ReleaseRoute = z.infer<typeof releaseRoute>;

export const endpointRoute = z.object({
  /** In a fixed order: requests with a key keep their release when a later release's share grows. */
  releases: z.array(releaseRoute),
  /** How long a replica may take to begin its answer, and to go on with it. */
  timeoutSeconds: z.number().positive().default(60),
  /** What the shares go by beside a client's `x-slipway-key`; absent: by chance. */
  sticky: sticky.optional(),
  /** The release, one of `releases`, that answers copies of so many percent of the requests, to nobody. */
  shadow: z.object({ release: digest, percent: z.number().min(0).max(100) }).optional(),
});
export type EndpointRoute = z.infer<typeof endpointRoute>;

/** Every endpoint's route, by name. */
export const routes = z.record(endpointName, endpointRoute);
export type Routes = z.infer<typeof routes>;

export const inferenceLogOptions = z.object({
  /** Share of requests whose bodies are kept, from 0 to 1. */
  bodySampleRate: z.number().min(0).max(1).default(1),
  /** Bodies are cut after so many bytes. */
  bodyBytes: z.number().int().nonnegative().default(1024 * 1024),
});
export type InferenceLogOptions = z.infer<typeof inferenceLogOptions>;

/** The content of `gateway/routes.json`: all that the gateway knows. */
export const routeFile = z.object({
  format: z.literal(1),
  /** Grows with every change. */
  generation: z.number().int().nonnegative(),
  log: inferenceLogOptions.prefault({}),
  endpoints: routes,
});
export type RouteFile = z.infer<typeof routeFile>;

export const emptyRouteFile: RouteFile = routeFile.parse({ format: 1, generation: 0, endpoints: {} });

export function routeFilePath(home: DataHome): string {
  return path.join(home.gateway, 'routes.json');
}

/**
 * Reads a route file; undefined when there is none.
 * @throws when it is not a route file
 */
export function readRouteFile(file: string): RouteFile | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  return routeFile.parse(JSON.parse(text));
}
