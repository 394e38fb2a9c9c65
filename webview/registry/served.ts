import { isUnderWay, type EndpointSummary } from '../../server/contract/deployments.ts';

/** One endpoint on which a model version runs. */
export interface Served {
  readonly endpoint: string;
  readonly role: 'live' | 'rolling-out' | 'warm';
  /** Share of the traffic in percent. */
  readonly weight: number;
}

/**
 * Where the versions of a model run: live, as the new side of a rollout, or kept warm for a rollback.
 * @param server URL of the MLflow server that holds the model; undefined for the companion's own registry
 */
export function servedBy(endpoints: readonly EndpointSummary[], model: string | undefined, server?: string): ReadonlyMap<number, readonly Served[]> {
  const versions = new Map<number, Served[]>();
  const add = (version: number, served: Served): void => {
    versions.set(version, [...(versions.get(version) ?? []), served]);
  };
  for (const endpoint of endpoints.filter((item) => item.model === model)) {
    const weightOf = (release: string | undefined): number => endpoint.route.weights.find((weight) => weight.release === release)?.weight ?? 0;
    const { rollout } = endpoint;
    const rolling = rollout !== undefined && isUnderWay(rollout);
    if (endpoint.liveVersion !== undefined && endpoint.liveServer === server && endpoint.state !== 'stopped') {
      add(endpoint.liveVersion, { endpoint: endpoint.name, role: 'live', weight: weightOf(endpoint.liveRelease) });
    }
    if (rolling && rollout.server === server && (rollout.toVersion !== endpoint.liveVersion || endpoint.liveServer !== server)) {
      add(rollout.toVersion, { endpoint: endpoint.name, role: 'rolling-out', weight: rollout.weight });
    }
    const taken = new Set([endpoint.liveVersion, rolling ? rollout.toVersion : undefined]);
    for (const { modelVersion, server: origin } of endpoint.warm) {
      if (origin === server && !taken.has(modelVersion)) {
        taken.add(modelVersion);
        add(modelVersion, { endpoint: endpoint.name, role: 'warm', weight: 0 });
      }
    }
  }
  return versions;
}
