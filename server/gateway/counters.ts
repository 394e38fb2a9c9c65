import { faultOf, type Result } from './inferenceRecord.ts';
import { LatencySketch } from './latencySketch.ts';
import { countRecent } from './recentAnswers.ts';
import type { RouteFile } from './routeFile.ts';
import type { GatewayStatus } from './statusReport.ts';

interface ReleaseCounter {
  readonly since: number;
  readonly sinceGeneration: number;
  readonly latency: LatencySketch;
  readonly recent: ReturnType<typeof countRecent>;
  requests: number;
  clientErrors: number;
  serverErrors: number;
  failedAttempts: number;
}

export interface Counters {
  /** Starts the counters of releases that begin to get traffic, and drops those that no route names. */
  follow(file: RouteFile): void;
  answered(endpoint: string, release: string, result: Result, latencyUs: number): void;
  attemptFailed(endpoint: string, release: string): void;
  report(): GatewayStatus['endpoints'];
}

/** Counts predictions by endpoint and release. */
export function createCounters(): Counters {
  let endpoints = new Map<string, Map<string, ReleaseCounter>>();
  const find = (endpoint: string, release: string): ReleaseCounter | undefined => endpoints.get(endpoint)?.get(release);

  return {
    follow(file) {
      const now = Date.now();
      endpoints = new Map(
        Object.entries(file.endpoints).map(([name, { releases }]) => [
          name,
          new Map(
            releases
              .filter(({ weight }) => weight > 0)
              .map(({ release }) => [
                release,
                find(name, release) ?? {
                  since: now,
                  sinceGeneration: file.generation,
                  latency: new LatencySketch(),
                  recent: countRecent(),
                  requests: 0,
                  clientErrors: 0,
                  serverErrors: 0,
                  failedAttempts: 0,
                },
              ]),
          ),
        ]),
      );
    },
    answered(endpoint, release, result, latencyUs) {
      const fault = faultOf(result);
      const counter = find(endpoint, release);
      if (counter !== undefined) {
        counter.requests += 1;
        counter.clientErrors += fault === 'client' ? 1 : 0;
        counter.serverErrors += fault === 'server' ? 1 : 0;
        counter.latency.add(latencyUs);
        counter.recent.add(result.modelError === true, Date.now());
      }
    },
    attemptFailed(endpoint, release) {
      const counter = find(endpoint, release);
      if (counter !== undefined) {
        counter.failedAttempts += 1;
      }
    },
    report: () => Object.fromEntries([...endpoints].map(([name, releases]) => [name, { releases: [...releases].map(([release, counter]) => ({ release, ...counter, latency: counter.latency.store(), recent: counter.recent.report(Date.now()) })) }])),
  };
}
