import path from 'node:path';
import { commands, ConfigurationTarget, workspace } from 'vscode';
import type { App } from '../app.ts';
import { chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { activeNotebook } from './notebookOf.ts';
import { describeState } from './statusItem.ts';

/** What the status bar item opens: how the recording stands, and what can be done with the notebook. */
export async function showNotebookMenu(app: App): Promise<void> {
  const notebook = await activeNotebook('Slipway');
  if (notebook === undefined) {
    return;
  }
  const state = app.notebooks.state(notebook);
  const name = path.basename(notebook.uri.fsPath);
  const { runId } = state.progress;
  const run = (command: string, argument?: unknown) => async (): Promise<void> => {
    await commands.executeCommand(command, argument);
  };
  const exclude = async (): Promise<void> => {
    const configuration = workspace.getConfiguration('slipway', notebook.uri);
    const patterns = configuration.get<string[]>('capture.exclude', []);
    await configuration.update('capture.exclude', [...patterns, `**/${name}`], ConfigurationTarget.Workspace);
  };
  const recording: Choice<() => Promise<void>>[] = [
    ...(state.mode === 'recording' ? [{ label: 'Pause Recording', detail: 'Until resumed, in this window', icon: 'debug-pause', value: () => app.notebooks.setPaused(notebook, true) }] : []),
    ...(state.mode === 'paused' ? [{ label: 'Resume Recording', icon: 'record', value: () => app.notebooks.setPaused(notebook, false) }] : []),
    ...(state.mode === 'recording' || state.mode === 'paused'
      ? [{ label: 'Exclude This Notebook', detail: 'Adds it to slipway.capture.exclude of the workspace', icon: 'circle-slash', value: exclude }]
      : [{ label: 'Open Recording Settings', icon: 'gear', value: run('workbench.action.openSettings', 'slipway.capture') }]),
  ];
  const choices: Choice<() => Promise<void>>[] = [
    ...(runId === undefined ? [] : [{ label: 'Open Captured Run', icon: 'beaker', value: run('slipway.openRun', { runId }) }]),
    { label: 'Connect Notebook', detail: 'Make mlflow in the kernel log to the companion', icon: 'plug', value: run('slipway.connectNotebook') },
    { label: 'Register Model from Notebook', icon: 'package', value: run('slipway.registerModelFromNotebook') },
    { label: 'Compare Runs', icon: 'compare-changes', value: run('slipway.compareRuns') },
    ...recording,
    { label: 'Companion Status', description: app.connection.state, icon: 'server-process', value: run('slipway.showStatus') },
  ];
  const { details } = describeState(name, state);
  await chosen(await pickOne({ title: `Slipway: ${name}`, placeholder: details.join(' ') }, choices))?.();
}
