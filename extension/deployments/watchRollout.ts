import type { Connection } from '../companion/connection.ts';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { Rollout } from '../../server/contract/deployments.ts';
import type { Report } from '../vscode/progress.ts';

/** Events say when to look; this is for one that got lost while the companion restarted. */
const lookAgainMilliseconds = 5000;

const stepShare: Readonly<Record<Rollout['step'], number>> = {
  preflight: 5,
  environment: 15,
  replica: 50,
  ready: 60,
  'smoke-test': 70,
  canary: 75,
  switch: 90,
  drain: 95,
  done: 100,
};

function hasEnded({ state }: Rollout): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** Whether the rollout waits for `promote`. A canary that has too few requests holds too, but goes on by itself. */
function waitsForPromote({ state, strategy, journal }: Rollout): boolean {
  const last = journal.at(-1)?.event;
  const holds = strategy.kind !== 'all-at-once' && strategy.hold;
  // After a promote the state is `held` until the next step begins; the journal already says more.
  return state === 'held' && holds && (last === 'held' || last === 'inconclusive');
}

/**
 * Follows a rollout until it ends or waits for a promote. An aborted signal cancels the rollout, and its outcome is still awaited.
 * @returns the rollout as it ended or waits
 */
export async function watchRollout(connection: Connection, first: Rollout, signal: AbortSignal, report: Report): Promise<Rollout> {
  let current = first;
  let reported = 0;
  let cancelling = false;
  while (!hasEnded(current) && !waitsForPromote(current)) {
    const share = Math.max(stepShare[current.step], current.step === 'canary' ? 75 + current.weight * 0.15 : 0);
    report(describeStep(current), Math.max(0, share - reported));
    reported = Math.max(reported, share);
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

function describeStep({ step, message, weight }: Rollout): string {
  return message === '' ? (step === 'canary' ? `canary ${weight}%` : step) : message;
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
