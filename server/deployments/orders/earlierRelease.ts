import { Problem } from '../../platform/errors.ts';
import type { EndpointRecord, LiveSpanRecord } from '../endpoints/endpointTable.ts';
import { askAllReady } from '../replicas/modelServer.ts';
import type { RolloutParts } from '../rollouts/steps/step.ts';

/** Whether as many replicas answer now as the endpoint has: the traffic can move to them at once. */
export async function answersNow({ name, replicaCount }: EndpointRecord, span: LiveSpanRecord, { replicas, keys }: Pick<RolloutParts, 'replicas' | 'keys'>): Promise<boolean> {
  const chosen = replicas.chosen(name, { ...span, replicaCount });
  if (chosen.length < replicaCount || chosen.some(({ state }) => state !== 'ready')) {
    return false;
  }
  const answers = await Promise.all(chosen.map((replica) => askAllReady(replica, keys.of(replica.id))));
  return answers.every(({ ready }) => ready);
}

/** Why a release that does not run cannot be started; undefined where it can. */
export async function refusalOf(span: LiveSpanRecord, { releases, targets }: Pick<RolloutParts, 'releases' | 'targets'>): Promise<string | undefined> {
  try {
    const damage = await releases.checkRunnable(span.release);
    if (damage !== undefined) {
      return damage;
    }
  } catch (error) {
    if (Problem.is(error)) {
      return error.message;
    }
    throw error;
  }
  const status = await targets.of(span.target).status();
  return status.available ? undefined : status.detail;
}
