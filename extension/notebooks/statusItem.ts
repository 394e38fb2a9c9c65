import path from 'node:path';
import { type Disposable, MarkdownString, type NotebookDocument, StatusBarAlignment, window } from 'vscode';
import { plural } from '../../server/contract/format/plural.ts';
import type { Connection } from '../companion/connection.ts';
import { setContext } from '../vscode/context.ts';
import { tickStep } from '../vscode/walkthrough.ts';
import { createDisposables } from '../vscode/disposables.ts';
import type { TrackingServerState } from '../tracking/trackingServer.ts';
import { escapeMarkdown } from '../vscode/format.ts';
import { type CaptureMode, type NotebookAttachment, type NotebookState } from './attachment.ts';
import { isWork, recordedPath } from './recordedFile.ts';

const notRecording: Readonly<Record<Exclude<CaptureMode, 'recording'>, string>> = {
  paused: 'The notebook is excluded from recording.',
  excluded: 'The setting slipway.capture.exclude leaves this notebook out.',
  disabled: 'The setting slipway.capture.enabled is off.',
  untrusted: 'Executions are recorded in trusted workspaces only.',
  unsaved: 'Save the notebook, or run cells of a saved Python file, to have its executions recorded.',
};

/** What the status bar says of a notebook: an icon, a short text and the whole story. */
export function describeState(name: string, { mode, progress }: NotebookState): { readonly text: string; readonly details: readonly string[] } {
  if (mode !== 'recording') {
    return { text: '$(slipway-logo) Slipway: off', details: [`Not attached to ${name}.`, notRecording[mode]] };
  }
  const counted = `${plural(progress.recorded, 'execution')} recorded.`;
  const details = [`Attached to ${name}.`, progress.runId === undefined ? 'The next execution begins a captured run.' : counted];
  if (progress.waitingFor !== undefined) {
    const waiting = plural(progress.waiting, 'record waits', 'records wait');
    return { text: '$(warning) Slipway: waiting', details: [...details, `${waiting}: ${progress.waitingFor}`] };
  }
  if (progress.lost > 0) {
    return { text: '$(warning) Slipway: not recorded', details: [...details, `${progress.lost} not recorded: ${progress.lostBecause ?? ''}`] };
  }
  return { text: `$(slipway-logo) Slipway: ${name}`, details };
}

/** Shows in the status bar which notebook Slipway is attached to. */
export function showStatusItem(attachment: NotebookAttachment, connection: Connection, trackingServer: TrackingServerState): Disposable {
  const disposables = createDisposables();
  const item = disposables.add(window.createStatusBarItem('slipway.notebook', StatusBarAlignment.Left, 50));
  item.name = 'Slipway';
  item.command = 'slipway.showNotebookMenu';

  const show = (notebook: NotebookDocument | undefined): void => {
    // Nothing is attached to a notebook as it was.
    if (notebook === undefined || !isWork(notebook)) {
      setContext('slipway.notebookMode', 'none');
      item.hide();
      return;
    }
    const name = path.basename(recordedPath(notebook));
    const state = attachment.state(notebook);
    setContext('slipway.notebookMode', state.mode);
    if (state.mode === 'recording') {
      tickStep('slipway.attached');
    }
    const { text, details } = describeState(name, state);
    const companion = { running: 'The companion runs.', starting: 'The companion starts.', stopped: 'The companion is not running.' }[connection.state];
    const uri = trackingServer.current?.uri ?? '';
    const tracked = uri === '' ? [] : [`Runs and models are kept on ${uri}.`];
    item.text = text;
    item.tooltip = new MarkdownString([...details, ...tracked, companion].map(escapeMarkdown).join('\n\n'));
    item.accessibilityInformation = { label: `Slipway: ${[...details, ...tracked, companion].join(' ')}`, role: 'button' };
    item.show();
  };
  const refresh = (): void => show(window.activeNotebookEditor?.notebook);
  disposables.add(window.onDidChangeActiveNotebookEditor(refresh));
  disposables.add(attachment.onDidChange(refresh));
  disposables.add(connection.onDidChangeState(refresh));
  disposables.add(trackingServer.onDidChange(refresh));
  refresh();
  return disposables;
}
