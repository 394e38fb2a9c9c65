import type { HistogramSample, Sample } from '../platform/exposition.ts';
import { clientGoneStatus, faultOf, type Result } from './inferenceRecord.ts';
import type { RouteFile } from './routeFile.ts';

/** What became of a prediction; `model_error`: the model raised on input that its signature accepts. */
const outcomes = ['success', 'client_error', 'client_gone', 'model_error', 'server_error'] as const;
type Outcome = (typeof outcomes)[number];

/** Seconds; those of the model server. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Of one endpoint, with those that its route names; the ones that had traffic longest ago go first. */
const mostReleases = 20;

/** The label of requests that no release got. */
const noRelease = 'none';

interface Totals {
  readonly byOutcome: Record<Outcome, number>;
  readonly buckets: Float64Array;
  seconds: number;
  failedAttempts: number;
}

/** Counts since this process started, as Prometheus wants them: they never fall, also when traffic moves to another release and back. */
export interface RequestTotals {
  /** Begins to count for what the routes name, and forgets endpoints that are gone. */
  follow(file: RouteFile): void;
  answered(endpoint: string, release: string | undefined, result: Result, latencyUs: number): void;
  attemptFailed(endpoint: string, release: string): void;
  report(): { readonly requests: readonly Sample[]; readonly durations: readonly HistogramSample[]; readonly failedAttempts: readonly Sample[] };
}

export function createRequestTotals(): RequestTotals {
  let endpoints = new Map<string, Map<string, Totals>>();

  const begin = (): Totals => ({ byOutcome: { success: 0, client_error: 0, client_gone: 0, model_error: 0, server_error: 0 }, buckets: new Float64Array(bounds.length + 1), seconds: 0, failedAttempts: 0 });
  /** Undefined for an endpoint that is gone. */
  const find = (endpoint: string, release: string): Totals | undefined => {
    const releases = endpoints.get(endpoint);
    const known = releases?.get(release);
    if (known !== undefined || releases === undefined) {
      return known;
    }
    const totals = begin();
    releases.set(release, totals);
    return totals;
  };

  return {
    follow(file) {
      endpoints = new Map(
        Object.entries(file.endpoints).map(([name, { releases }]) => {
          const before = endpoints.get(name) ?? new Map<string, Totals>();
          const named = releases.map(({ release }) => release);
          const left = [...before.keys()].filter((release) => !named.includes(release)).slice(-Math.max(1, mostReleases - named.length));
          return [name, new Map([...left, ...named].map((release) => [release, before.get(release) ?? begin()]))];
        }),
      );
    },
    answered(endpoint, release = noRelease, result, latencyUs) {
      const totals = find(endpoint, release);
      if (totals !== undefined) {
        const seconds = latencyUs / 1e6;
        let bucket = 0;
        while (bucket < bounds.length && seconds > (bounds[bucket] ?? Infinity)) {
          bucket += 1;
        }
        totals.byOutcome[outcomeOf(result)] += 1;
        totals.buckets[bucket] = (totals.buckets[bucket] ?? 0) + 1;
        totals.seconds += seconds;
      }
    },
    attemptFailed(endpoint, release) {
      const totals = find(endpoint, release);
      if (totals !== undefined) {
        totals.failedAttempts += 1;
      }
    },
    report() {
      const all = [...endpoints].flatMap(([endpoint, releases]) => [...releases].map(([release, totals]) => ({ labels: { endpoint, release }, totals })));
      return {
        requests: all.flatMap(({ labels, totals }) => outcomes.map((outcome) => ({ labels: { ...labels, outcome }, value: totals.byOutcome[outcome] }))),
        durations: all.map(({ labels, totals }) => ({ labels, bounds, counts: totals.buckets, sum: totals.seconds })),
        failedAttempts: all.map(({ labels, totals }) => ({ labels, value: totals.failedAttempts })),
      };
    },
  };
}

function outcomeOf(result: Result): Outcome {
  switch (faultOf(result)) {
    case undefined:
      return 'success';
    case 'client':
      return result.status === clientGoneStatus ? 'client_gone' : 'client_error';
    case 'server':
      return result.modelError === true ? 'model_error' : 'server_error';
  }
}
