import type { TransferPreview } from '../contract/transfer.ts';
import type { StoreReader } from '../mlflow/client/storeReader.ts';

type Counts = Pick<TransferPreview, 'experiments' | 'runs' | 'registeredModels' | 'versions' | 'complete'>;

/**
 * Counts what a store holds, deleted things too, without their metrics and artifacts.
 * @param until epoch milliseconds after which counting stops: `complete` is false then, and the numbers are the least there are
 */
export async function countStore(store: StoreReader, signal: AbortSignal, until: number): Promise<Counts> {
  const counts = { experiments: 0, runs: 0, registeredModels: 0, versions: 0, complete: true };
  const goesOn = (): boolean => {
    signal.throwIfAborted();
    counts.complete = Date.now() < until;
    return counts.complete;
  };
  const known = store.countRuns();
  counts.runs = known ?? 0;
  const ids: string[] = [];
  for await (const { id } of store.experiments()) {
    counts.experiments += 1;
    ids.push(id);
    if (!goesOn()) {
      return counts;
    }
  }
  for await (const { versions } of store.registeredModels()) {
    counts.registeredModels += 1;
    counts.versions += versions.filter(({ deleted }) => !deleted).length;
    if (!goesOn()) {
      return counts;
    }
  }
  for (const id of known === undefined ? ids : []) {
    for await (const run of store.runs(id)) {
      counts.runs += run.id === '' ? 0 : 1;
      if (!goesOn()) {
        return counts;
      }
    }
  }
  return counts;
}

/** Experiments that are looked into: most name one place for all. */
const mostLookedInto = 20;

/** Whether artifacts lie behind a server that the store does not hold the address of, going by the first run of some experiments. */
export async function hasArtifactsElsewhere(store: StoreReader): Promise<boolean> {
  let looked = 0;
  for await (const { id } of store.experiments()) {
    looked += 1;
    for await (const run of store.runs(id)) {
      const place = { of: 'run', id: run.id, experimentId: id, uri: run.artifactUri } as const;
      if (run.artifactUri.startsWith('mlflow-artifacts:') && !store.readable(place)) {
        return true;
      }
      break;
    }
    if (looked === mostLookedInto) {
      return false;
    }
  }
  return false;
}
