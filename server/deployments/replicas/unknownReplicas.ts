import { messageOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { FoundReplica } from '../targets/target.ts';
import type { Targets } from '../targets/targets.ts';
import type { ReplicaKeys } from './replicaKeys.ts';

export interface UnknownReplicaDependencies {
  /** Asked for as long as the companion runs; ends nothing afterwards. */
  readonly isKnown: (target: string, replica: FoundReplica) => boolean;
  readonly keys: Pick<ReplicaKeys, 'forget' | 'ids'>;
  readonly targets: Pick<Targets, 'all'>;
  readonly log: Log;
}

/**
 * Ends the replicas of this data home that nobody knows: those of a database in the place of which an earlier one was put, and those outside of the traffic whose
 * companion was killed. Nothing is left of those that have ended by themselves, or were killed before they began.
 * What a target cannot tell now, it is asked at the next start.
 * @returns how many were ended
 */
export async function endUnknownReplicas({ isKnown, keys, targets, log }: UnknownReplicaDependencies): Promise<number> {
  let count = 0;
  for (const target of targets.all) {
    try {
      const ended = await target.endUnknown((replica) => isKnown(target.kind, replica));
      for (const { id, handle } of ended) {
        count += 1;
        keys.forget(id);
        log.warn(`replica ${id} (${target.replicaNoun} ${handle}) was ended: the database does not know it`);
      }
    } catch (error) {
      log.info(`replicas that the database does not know were not looked for at the target ${target.kind}: ${messageOf(error)}`);
    }
  }
  const unknown = keys.ids().filter((id) => targets.all.every(({ kind }) => !isKnown(kind, { id, handle: '' })));
  unknown.forEach((id) => keys.forget(id));
  return count;
}
