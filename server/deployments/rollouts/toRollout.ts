import { isUnderWay, type Rollout, type RolloutSummary } from '../../contract/deployments.ts';
import { watchedUntil } from './afterSwitch.ts';
import { hasSwitched, isPromotable, labelOf, progressOf } from './progression.ts';
import type { RolloutRecord, RolloutTable } from './rolloutTable.ts';

/** Nobody asked for it: the companion did. */
export function isAutomatic({ requestedBy }: Pick<RolloutRecord, 'requestedBy'>): boolean {
  return requestedBy.program === 'companion';
}

/** A rollout as clients see it, without its journal. */
export function toRolloutSummary(record: RolloutRecord): RolloutSummary {
  const watched = watchedUntil(record);
  return {
    id: record.id,
    endpoint: record.endpoint,
    kind: record.kind,
    model: record.model,
    ...(record.from === undefined ? {} : { from: record.from.release, fromVersion: record.from.version }),
    ...(record.to === undefined ? {} : { to: record.to }),
    toVersion: record.version,
    ...(record.server === undefined ? {} : { server: record.server }),
    target: record.target,
    replicaCount: record.replicaCount,
    strategy: record.strategy,
    state: record.state,
    step: record.step,
    ...progressOf(record),
    needs: [...record.needs],
    allowable: [...record.allowable],
    promotable: isPromotable(record) && !record.promoted,
    cancellable: isUnderWay(record) && !hasSwitched(record),
    weight: record.weight,
    ...(record.stageSince === undefined || record.stage === 0 ? {} : { shareSince: record.stageSince }),
    ...(record.comparison === undefined ? {} : { comparison: record.comparison }),
    ...(watched === undefined ? {} : { watchedUntil: watched }),
    automatic: isAutomatic(record),
    reason: record.reason,
    startedAt: record.startedAt,
    ...(record.endedAt === undefined ? {} : { endedAt: record.endedAt }),
    requestedBy: record.requestedBy.user,
    message: record.message,
  };
}

/** A rollout as clients see it, with its journal. */
export function toRollout(record: RolloutRecord, rollouts: Pick<RolloutTable, 'journal'>): Rollout {
  return { ...toRolloutSummary(record), ...(record.rehearsal === undefined ? {} : { rehearsal: record.rehearsal }), ...(record.shadow === undefined ? {} : { shadow: record.shadow }), journal: rollouts.journal(record.id).map((entry) => ({ ...entry, label: labelOf(entry.step) })) };
}
