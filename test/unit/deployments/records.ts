import { strategy } from '../../../server/contract/deployments.ts';
import type { RolloutRecord } from '../../../server/deployments/rollouts/rolloutTable.ts';
import { askedBy } from '../../harness/askedBy.ts';

/** The digest of a version's release. */
export const release = (version: number): string => String(version).repeat(64);

/** A canary on its way to a version. */
export function rolloutTo(version: number, values: Partial<RolloutRecord> = {}): RolloutRecord {
  return {
    id: 'r',
    endpoint: 'churn',
    kind: 'deploy',
    model: 'churn',
    version,
    server: undefined,
    target: 'process',
    replicaCount: 1,
    serving: { workers: 1, requestTimeoutSeconds: 60, maxRequestBytes: 1, environment: {} },
    strategy: strategy.parse({ kind: 'all-at-once' }),
    from: undefined,
    to: release(version),
    state: 'running',
    step: 'canary',
    weight: 20,
    stage: 1,
    stageSince: 0,
    promoted: false,
    needs: [],
    allowable: [],
    comparison: undefined,
    rehearsal: undefined,
    shadow: undefined,
    requestedBy: askedBy('someone'),
    reason: '',
    message: '',
    startedAt: 0,
    endedAt: undefined,
    ...values,
  };
}
