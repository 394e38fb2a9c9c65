import { isUnderWay, type Endpoint, type EndpointRelease } from '../../server/contract/deployments.ts';

export interface ReleasePair {
  readonly from: string;
  readonly to: string;
}

/** Releases that an endpoint had or has, each once, the newest first, with the one that a rollout brings. */
export function releasesOf(endpoint: Endpoint): { readonly digest: string; readonly version: number }[] {
  const { rollout } = endpoint;
  const coming = rollout?.to !== undefined && isUnderWay(rollout) ? [{ digest: rollout.to, version: rollout.toVersion }] : [];
  const all = [...coming, ...endpoint.history.map(({ release, modelVersion }) => ({ digest: release, version: modelVersion }))];
  return all.filter((item, index) => all.findIndex(({ digest }) => digest === item.digest) === index);
}

/** What one would want to compare first: the live release with the coming one, else the one before with the live one. */
export function defaultPair(endpoint: Endpoint): ReleasePair | undefined {
  const { rollout, liveRelease } = endpoint;
  if (rollout?.to !== undefined && isUnderWay(rollout) && liveRelease !== undefined && rollout.to !== liveRelease) {
    return { from: liveRelease, to: rollout.to };
  }
  const [newest, before] = releasesOf(endpoint);
  return newest === undefined || before === undefined ? undefined : { from: before.digest, to: newest.digest };
}

/** The release that a rollback without a choice goes to, where it can run. */
export function rollbackTarget({ history, rollbackTo }: Endpoint): EndpointRelease | undefined {
  return history.find(({ release, readiness }) => release === rollbackTo && readiness !== 'unavailable');
}
