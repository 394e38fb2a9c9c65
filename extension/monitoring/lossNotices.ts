import type { EndpointSummary } from '../../server/contract/deployments.ts';
import { describeLoss } from '../../server/contract/format/losses.ts';

export interface LossNotice {
  readonly endpoint: string;
  readonly severity: 'warning' | 'information';
  readonly text: string;
}

/** What is to be told of the inference logs: once when a loss begins, and once when it has ended. */
export interface LossNotices {
  /** @param ended whether to tell a loss that had ended before it was seen here */
  of(endpoint: Pick<EndpointSummary, 'name' | 'logLoss'>, ended: boolean): LossNotice | undefined;
}

export function createLossNotices(): LossNotices {
  const told = new Map<string, { readonly from: number; readonly open: boolean }>();
  return {
    of({ name, logLoss }, ended) {
      if (logLoss === undefined) {
        return undefined;
      }
      const { from, open } = logLoss;
      const before = told.get(name);
      told.set(name, { from, open });
      const news = open ? before?.open !== true || before.from !== from : before?.open === true || (ended && before?.from !== from);
      return news ? { endpoint: name, severity: open ? 'warning' : 'information', text: `Endpoint ${name}: ${describeLoss(logLoss)}` } : undefined;
    },
  };
}
