import type { LogLoss } from '../../contract/deployments.ts';
import type { Gateway } from '../replicas/ports.ts';

/** A loss that has ended is told for so long. */
const toldMilliseconds = 86_400_000;

/** What the inference log of an endpoint has lost last, unless that is long ago. */
export function recentLoss(endpoint: string, gateway: Pick<Gateway, 'losses'>): LogLoss | undefined {
  const loss = gateway.losses().find((each) => each.endpoint === endpoint);
  if (loss === undefined || (!loss.open && loss.to + toldMilliseconds < Date.now())) {
    return undefined;
  }
  const { requests, from, to, failure, open } = loss;
  return { requests, from, to, failure, open };
}
