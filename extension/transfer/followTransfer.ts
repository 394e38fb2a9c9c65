import type { Connection } from '../companion/connection.ts';
import type { Transfer, TransferPhase } from '../../server/contract/transfer.ts';
import { lookUp } from '../../server/contract/unknown.ts';
import { followWork } from '../vscode/followWork.ts';
import { describeCarried, transferTitle } from './reportText.ts';

/** The share of the work, in percent, that is done when a phase begins, and what the phase does. */
const phases: Readonly<Record<TransferPhase, { readonly from: number; readonly to: number; readonly word: string }>> = {
  start: { from: 0, to: 0, word: 'Opening' },
  runs: { from: 0, to: 55, word: 'Runs' },
  models: { from: 55, to: 60, word: 'Models' },
  links: { from: 60, to: 63, word: 'Links' },
  registry: { from: 63, to: 65, word: 'Registry' },
  verify: { from: 65, to: 100, word: 'Comparing both sides' },
  end: { from: 100, to: 100, word: 'Done' },
};

function percentOf({ phase, progress: { runs, totalRuns } }: Transfer): number {
  const { from, to } = lookUp(phases, phase) ?? phases.start;
  const share = totalRuns === undefined || totalRuns === 0 ? 0 : Math.min(1, runs / totalRuns);
  return from + (to - from) * share;
}

/** Shows a running transfer in a notification until it has ended; its button cancels the transfer. The window may close meanwhile. */
export function followTransfer(connection: Connection, started: Transfer): Thenable<Transfer> {
  const { id } = started;
  return followWork({
    title: transferTitle(started),
    read: () => connection.call('getTransfer', { id }),
    goesOn: ({ state }) => state === 'running',
    cancel: () => connection.call('cancelTransfer', { id }),
    describe: ({ phase, progress }) => (phase === 'start' ? phases.start.word : `${lookUp(phases, phase)?.word ?? phase}: ${describeCarried(progress)}`),
    cancelling: 'Cancelling; what was carried stays',
    percent: percentOf,
  });
}
