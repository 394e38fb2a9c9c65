import type { Router } from 'express';
import { createBatches, type BatchDependencies, type Batches } from './batches/batches.ts';
import { createCandidates, type Candidates } from './candidates.ts';
import { createLoadChecks } from './loadChecks/loadChecks.ts';

export interface OutsideTraffic extends Batches {
  readonly candidates: Candidates;
}

/** What replicas outside of the traffic do: files are scored, versions are loaded to see that they load, candidates are judged. */
export function createOutsideTraffic(dependencies: BatchDependencies & Parameters<typeof createLoadChecks>[0]): OutsideTraffic {
  const candidates = createCandidates(dependencies);
  const works = [createBatches(dependencies), createLoadChecks(dependencies)];
  return {
    candidates,
    mount: (router: Router) => works.forEach((work) => work.mount(router)),
    running: () => works.some((work) => work.running()),
    undecided: () => works.some((work) => work.undecided()),
    neededReleases: () => [...works.flatMap((work) => work.neededReleases()), ...candidates.inUse()],
    isReplica: (id) => candidates.isReplica(id) || works.some((work) => work.isReplica(id)),
  };
}
