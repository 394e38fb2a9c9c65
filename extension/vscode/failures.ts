import { commands, type LogOutputChannel, window } from 'vscode';
import { CallFailure, type KnownFailureReason } from '../../server/client/callFailure.ts';
import { lookUp } from '../../server/contract/unknown.ts';

interface Remedy {
  readonly label: string;
  readonly command: string;
}

const showLogs: Remedy = { label: 'Show Logs', command: 'slipway.showLogs' };
const chooseTrackingServer: Remedy = { label: 'Change Server…', command: 'slipway.chooseTrackingServer' };
const startCompanion: Remedy = { label: 'Start Companion', command: 'slipway.startCompanion' };

const remedies: Readonly<Partial<Record<KnownFailureReason, readonly Remedy[]>>> = {
  unreachable: [startCompanion, showLogs],
  'start-failed': [{ label: 'Try Again', command: 'slipway.startCompanion' }, showLogs],
  mismatch: [{ label: 'Reload Window', command: 'workbench.action.reloadWindow' }],
  internal: [showLogs],
  'disk-full': [showLogs],
};

/** What can be done about a failure, as buttons or rows. */
export function remediesOf(error: unknown): readonly Remedy[] {
  if (!CallFailure.is(error)) {
    return [showLogs];
  }
  if (error.field === 'trackingUri') {
    const first = error.reason === 'forbidden' ? { label: 'Log In…', command: 'slipway.logIn' } : { label: 'Try Again', command: 'slipway.refresh' };
    return [first, chooseTrackingServer];
  }
  return lookUp(remedies, error.reason) ?? [];
}

/** The message of a failure for people: what is wrong, then what to do. */
export function describeFailure(error: unknown): string {
  if (CallFailure.is(error)) {
    return error.remedy === undefined ? error.message : `${error.message} ${error.remedy}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Shows a failure with its remedies as buttons. A cancellation says nothing: the user knows. */
export async function presentFailure(log: LogOutputChannel, doing: string, error: unknown): Promise<void> {
  if (CallFailure.is(error, 'aborted')) {
    return;
  }
  log.error(doing, error instanceof Error ? error : String(error));
  const offered = remediesOf(error);
  const picked = await window.showErrorMessage(describeFailure(error), ...offered.map(({ label }) => label));
  const remedy = offered.find(({ label }) => label === picked);
  if (remedy !== undefined) {
    await commands.executeCommand(remedy.command);
  }
}
