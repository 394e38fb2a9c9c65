import { describeLost } from '../contract/format/losses.ts';
import type { CompanionContext } from '../platform/context.ts';
import type { LogLoss } from './logLosses.ts';

/** What the companion knows of the losses of the inference logs, from what the gateway said last. */
export interface LossWatch {
  /** Takes what the gateway says; tells clients and the companion's log when a loss begins or ends. */
  saw(losses: readonly LogLoss[]): void;
  all(): readonly LogLoss[];
}

export function watchLosses({ events, log }: Pick<CompanionContext, 'events' | 'log'>): LossWatch {
  let known: ReadonlyMap<string, LogLoss> | undefined;

  const tell = (loss: LogLoss): void => {
    if (loss.open) {
      log.warn(`endpoint ${loss.endpoint}: requests are answered and not logged: ${loss.failure}`);
    } else {
      log.warn(`endpoint ${loss.endpoint}: requests are logged again; ${describeLost(loss)}`);
    }
    events.publish({ topic: 'log-loss', endpoint: loss.endpoint });
    events.publish({ topic: 'endpoint', name: loss.endpoint });
    events.publish({ topic: 'monitoring', endpoint: loss.endpoint });
  };

  return {
    saw(losses) {
      const before = known;
      known = new Map(losses.map((loss) => [loss.endpoint, loss]));
      for (const loss of losses) {
        const earlier = before?.get(loss.endpoint);
        const begins = loss.open && (earlier?.open !== true || earlier.from !== loss.from);
        // What had ended before this companion began to look was told by the one before.
        const ended = !loss.open && before !== undefined && (earlier?.open === true || earlier?.to !== loss.to);
        if (begins || ended) {
          tell(loss);
        }
      }
    },
    all: () => [...(known?.values() ?? [])],
  };
}
