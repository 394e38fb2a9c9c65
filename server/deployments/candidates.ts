import type { ModelVersion } from '../contract/registry.ts';
import type { Release } from '../contract/releases.ts';
import { servingConfig, settingsOf, type ServingConfig } from '../contract/servingConfig.ts';
import { Problem } from '../platform/errors.ts';
import type { BatchDependencies } from './batches/batches.ts';
import { startBatchReplica, type BatchReplica } from './batches/batchReplica.ts';
import { withMemoryLimit } from './orders/memoryLimit.ts';
import type { Progress } from './replicas/ports.ts';

const exampleMilliseconds = 60_000;

/** What production runs of a model, or would run. */
export interface Production {
  readonly endpoint: string;
  readonly target: string;
  readonly release: Release | undefined;
}

/** A replica of a release that gets no traffic. */
export interface Candidate {
  readonly release: Release;
  /** Where programs of the policy ask it, and the key that they show. */
  readonly url: string;
  readonly key: string;
  /** What it answers to the rows of a CSV text, one JSON object a line. @throws Problem for a text that is refused as a whole */
  score(csv: Buffer, signal: AbortSignal): Promise<{ readonly columns: readonly string[] | null; readonly rejected: number; readonly firstReason: string | undefined; readonly lines: string }>;
  /** Milliseconds of one request with the recorded example; undefined where there is none. @throws Problem where it is not answered */
  timeExample(signal: AbortSignal): Promise<number | undefined>;
  stop(): Promise<void>;
}

export interface Candidates {
  /** The endpoint of a model that `isProduction` holds of: one that serves before one that does not; of several the oldest. */
  production(model: string, isProduction: (endpoint: string) => boolean): Promise<Production>;
  /** Packages a version as it would be shipped: with serving settings that are given, else those of the live release, else the defaults. */
  package(version: ModelVersion, production: Production & { readonly serving?: ServingConfig | undefined }, progress: Progress, signal: AbortSignal): Promise<Release>;
  open(release: Release, production: Production, progress: Progress, signal: AbortSignal): Promise<Candidate>;
  /** Digests of the releases that run so now, which no pruning may take. */
  inUse(): readonly string[];
  isReplica(id: string): boolean;
}

/** Releases that are tried outside of the traffic. */
export function createCandidates({ context: { settings, timing }, parts: { endpoints, releases, secrets, targets }, keys }: BatchDependencies): Candidates {
  const running = new Set<string>();
  const held = new Map<string, number>();
  const hold = (digest: string, by: 1 | -1): void => {
    const count = (held.get(digest) ?? 0) + by;
    if (count === 0) {
      held.delete(digest);
    } else {
      held.set(digest, count);
    }
  };
  return {
    async production(model, isProduction) {
      const own = endpoints.all().filter((endpoint) => endpoint.model === model && endpoint.desired !== 'deleted' && isProduction(endpoint.name));
      const found = own.find(({ live }) => live !== undefined) ?? own[0];
      return {
        endpoint: found?.name ?? model,
        target: found?.target ?? (await targets.byDefault()).kind,
        release: found?.live === undefined || releases.facts(found.live.release) === undefined ? undefined : releases.get(found.live.release),
      };
    },
    package({ name, version, server }, { target, release, serving: given }, progress, signal) {
      const serving = withMemoryLimit(given ?? servingConfig.parse(release === undefined ? {} : settingsOf(release.serving)), settings());
      return releases.prepare({ model: name, version, server, serving, forImage: targets.of(target).buildsImages }, progress, signal);
    },
    async open(release, { endpoint, target }, progress, signal) {
      hold(release.digest, 1);
      let replica: BatchReplica;
      try {
        replica = await startBatchReplica({ targets, keys, releases, secrets, timing, running }, { release, target, endpoint }, progress, signal);
      } catch (error) {
        hold(release.digest, -1);
        throw error;
      }
      return {
        release,
        url: `http://${replica.address}`,
        key: replica.key,
        async score(csv, cancelled) {
          const { columns, rejects, body } = await replica.score(csv, { source: 'csv', output: 'jsonl', keep: [] }, cancelled);
          return { columns, rejected: rejects.length, firstReason: rejects[0]?.[3], lines: body.toString('utf8') };
        },
        async timeExample(cancelled) {
          const example = await releases.example(release.digest);
          if (example === undefined) {
            return undefined;
          }
          const begun = performance.now();
          const { status } = await replica.ask('/invocations', JSON.stringify(example.request), exampleMilliseconds, cancelled);
          if (status !== 200) {
            throw new Problem('unavailable', `The replica answers its recorded example with status ${status}.`);
          }
          return performance.now() - begun;
        },
        async stop() {
          await replica.stop().finally(() => hold(release.digest, -1));
        },
      };
    },
    isReplica: (id) => running.has(id),
    inUse: () => [...held.keys()],
  };
}
