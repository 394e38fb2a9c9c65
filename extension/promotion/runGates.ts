import { commands, window } from 'vscode';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { GateRun } from '../../server/contract/gates.ts';
import type { App } from '../app.ts';
import { versionOf } from '../registry/versionPrompts.ts';
import { followWork } from '../vscode/followWork.ts';

/** Judges a version by the gates of its policy and says what came of it; the Registry shows the figures. */
export async function runGates({ connection, panels }: App, subject: unknown): Promise<GateRun | undefined> {
  const wanted = await versionOf(connection, subject, 'Slipway: Run Gates');
  if (wanted === undefined) {
    return undefined;
  }
  const { model, version } = await connection.call('runGates', wanted);
  let cancelled = false;
  const run = await followWork<GateRun | undefined>({
    title: `Judging ${model} version ${version}`,
    read: () => (cancelled ? Promise.resolve(undefined) : connection.call('getGateRun', { model, version })),
    goesOn: (current) => current?.state === 'running',
    cancel: async () => {
      ({ cancelled } = await connection.call('cancelGateRun', { model, version }));
    },
    describe: (current) => current?.message ?? '',
  });
  if (run !== undefined) {
    // Shown in the background: the caller must not wait until the user closes the message.
    void tell(run, () => panels.open({ panel: 'registry', model }));
  }
  return run;
}

async function tell({ model, version, state, message, results, passed }: GateRun, show: () => void): Promise<void> {
  if (state === 'failed') {
    throw new CallFailure('conflict', `${model} version ${version} could not be judged: ${message}`);
  }
  const open = results.filter((each) => each.state !== 'passed' && each.waiver === undefined).map(({ gate }) => gate);
  const [figures, promote] = ['Show Figures', 'Promote…'];
  const text = results.length === 0 ? `The policy of ${model} asks for no gate.` : passed ? `${model} version ${version} has passed its gates.` : `${model} version ${version} has not passed: ${open.join(', ')}.`;
  const pressed = passed ? await window.showInformationMessage(text, figures, promote) : await window.showWarningMessage(text, figures);
  if (pressed === figures) {
    show();
  } else if (pressed === promote) {
    await commands.executeCommand('slipway.requestPromotion', { model, version });
  }
}
