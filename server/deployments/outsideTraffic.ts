import type { Router } from 'express';
import { createBatches, type BatchDependencies, type Batches } from './batches/batches.ts';
import { createLoadChecks } from './loadChecks/loadChecks.ts';

/** What replicas outside of the traffic do: files are scored, versions are loaded to see that they load. */
export function createOutsideTraffic(dependencies: BatchDependencies & Parameters<typeof createLoadChecks>[0]): Batches {
  const works = [createBatches(dependencies), createLoadChecks(dependencies)];
  return {
    mount: (router: Router) => works.forEach((work) => work.mount(router)),
    running: () => works.some((work) => work.running()),
    undecided: () => works.some((work) => work.undecided()),
    neededReleases: () => works.flatMap((work) => work.neededReleases()),
    isReplica: (id) => works.some((work) => work.isReplica(id)),
  };
}
