import type { Metric } from '../../contract/entities.ts';
import type { CarriedRun } from '../../mlflow/client/carried.ts';
import type { Carrying } from './carrying.ts';
import { digestPoints, missingPoints } from './pointDigests.ts';

/** Points that are written at once. */
const batch = 1000;

export interface PointsTarget {
  readonly experimentId: string;
  readonly runId: string;
  /** Points that were written before, of the order in which the source gives them. */
  readonly already: number;
  /** The run was made just now. */
  readonly isNew: boolean;
}

/** Puts the metric points of a run that the target lacks. */
export async function carryPoints(work: Carrying, run: CarriedRun, { experimentId, runId, already, isNew }: PointsTarget): Promise<void> {
  const { source, target, items, findings } = work;
  const there = !isNew && already === 0 ? await target.reader.run(experimentId, runId) : undefined;
  // A server takes nothing more for a deleted run: what it lacks is told by the comparison at the end.
  if (there?.stage === 'deleted' && !target.keepsIds) {
    return;
  }
  if (there !== undefined) {
    const [ours, theirs] = [await digestPoints(source.points(run)), await digestPoints(target.reader.points(there))];
    if (ours.count === theirs.count && ours.digest === theirs.digest) {
      return;
    }
    findings.added.metrics += (await missingPoints(source.points(run), target.reader.points(there))).missing;
  }
  let seen = 0;
  let gathered: Metric[] = [];
  const flush = async (): Promise<void> => {
    const upTo = seen;
    await target.points(experimentId, runId, gathered, () => items.setPoints(run.id, upTo));
    findings.added.metrics += there === undefined ? gathered.length : 0;
    gathered = [];
    work.progress('runs', run.name);
    await work.breathe();
  };
  for await (const lot of source.points(run)) {
    for (const point of lot) {
      seen += 1;
      if (seen <= already) {
        continue;
      }
      gathered.push(point);
      if (gathered.length >= batch) {
        await flush();
      }
    }
  }
  if (gathered.length > 0) {
    await flush();
  }
}
