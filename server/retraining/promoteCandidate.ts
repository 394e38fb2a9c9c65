import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import type { RetrainingTrigger } from '../contract/retraining.ts';

export interface AutoPromotion {
  /** Of the retraining. */
  readonly id: number;
  readonly model: string;
  readonly version: number;
  readonly trigger: RetrainingTrigger;
  readonly cause?: string | undefined;
}

/**
 * Asks for the promotion of what a retraining made, as a person would: gates, approvals and rollout are those of the policy. Asked again by a companion that was started again it is the
 * promotion that there is. One that is refused, such as for another one that waits, leaves the candidate where it is.
 * @returns the promotion, and what is told of it
 */
export async function promoteCandidate(client: Pick<CompanionClient, 'call'>, { id, model, version, trigger, cause }: AutoPromotion): Promise<{ readonly promotion?: number; readonly line: string }> {
  const reason = `Retraining ${id} (${trigger}) made it${cause === undefined ? '' : `: ${cause}`}`.slice(0, 2000);
  const { promotions } = await client.call('listPromotions', { model });
  const known = promotions.find((each) => each.version === version && each.reason === reason);
  try {
    const { id: promotion } = known ?? (await client.call('requestPromotion', { model, version, reason }));
    return { promotion, line: `${model}:${version} is the candidate; promotion ${promotion} judges it` };
  } catch (error) {
    if (CallFailure.is(error, 'conflict') || CallFailure.is(error, 'invalid-input')) {
      return { line: `${model}:${version} is the candidate; it was not promoted: ${error.message}` };
    }
    throw error;
  }
}
