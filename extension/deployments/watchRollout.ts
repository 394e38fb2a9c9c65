import type { Connection } from '../companion/connection.ts';
import { waitsForSomebody } from '../../server/contract/attention.ts';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import type { Report } from '../vscode/progress.ts';

/** Events say when to look; this is for one that got lost while the companion restarted. */
const lookAgainMilliseconds = 5000;

function hasEnded({ state }: Rollout): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/**
 * Follows a rollout until it ends or waits for somebody. An aborted signal cancels the rollout, and its outcome is still awaited.
 * @returns the rollout as it ended or waits
 */
export async function watchRollout(connection: Connection, first: Rollout, signal: AbortSignal, report: Report): Promise<Rollout> {
  let current = first;
  let reported = 0;
  let cancelling = false;
  while (!hasEnded(current) && !waitsForSomebody(current)) {
    report(current.message === '' ? current.stepLabel : current.message, Math.max(0, current.progress - reported));
    reported = Math.max(reported, current.progress);
    if (signal.aborted && !cancelling) {
      cancelling = true;
      report('cancelling');
      await connection.call('cancelRollout', { name: first.endpoint }).catch((error: unknown) => {
        // The rollout may have ended just before.
        if (!CallFailure.is(error, 'conflict')) {
          throw error;
        }
      });
    } else {
      await nextChange(connection, current, cancelling ? undefined : signal);
    }
    current = await connection.call('getRollout', { id: first.id });
  }
  return current;
}

function nextChange(connection: Connection, { id, endpoint }: Rollout, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listener.dispose();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, lookAgainMilliseconds);
    const listener = connection.onDidReceive((event) => {
      if ((event.topic === 'rollout' && event.id === id) || (event.topic === 'endpoint' && event.name === endpoint)) {
        done();
      }
    });
    signal?.addEventListener('abort', done);
  });
}
