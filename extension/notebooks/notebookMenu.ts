import path from 'node:path';
import { commands, type NotebookDocument } from 'vscode';
import type { App } from '../app.ts';
import { chosen, type Choice, pickOne } from '../vscode/prompts.ts';
import { windowSettings } from '../vscode/configuration.ts';
import type { CaptureMode } from './attachment.ts';
import { cellOfResults } from './cellOfResults.ts';
import { cellActions } from './cellStatus.ts';
import { setConnectKernels } from './connectKernels.ts';
import { activeNotebook } from './notebookOf.ts';
import { recordedPath } from './recordedFile.ts';
import { excludeBySetting } from './recording.ts';
import { describeState } from './statusItem.ts';

type Action = () => Thenable<unknown>;

/** What the notebook's toolbar button and the status bar item open: how the recording stands, and what can be done with the notebook. */
export async function showNotebookMenu(app: App): Promise<void> {
  const notebook = await activeNotebook('Slipway');
  if (notebook === undefined) {
    return;
  }
  const state = app.notebooks.state(notebook);
  const name = path.basename(recordedPath(notebook));
  const { details } = describeState(name, state);
  const isCaptured = state.progress.runId !== undefined || app.notebooks.results(notebook).size > 0;
  const choices = [...cellChoices(app, notebook), ...notebookActions(isCaptured, app.kernels.areConnected), ...recordingActions(app, notebook, state.mode)];
  const answer = await pickOne({ title: `Slipway: ${name}`, placeholder: details.join(' ') }, choices);
  await chosen(answer)?.();
}

function run(command: string, argument?: unknown): Action {
  return () => commands.executeCommand(command, argument);
}

/** What the status bar of a cell offers, for those who use no mouse. */
function cellChoices({ notebooks }: App, notebook: NotebookDocument): Choice<Action>[] {
  const found = cellOfResults(notebooks, notebook);
  return found === undefined
    ? []
    : cellActions(found.results, notebooks.isRunning(found.cell)).map(({ text, tooltip, command }) => ({
        label: text,
        detail: tooltip,
        group: `Cell ${found.cell.index + 1}`,
        value: () => commands.executeCommand(command.command, ...command.arguments),
      }));
}

function notebookActions(isCaptured: boolean, areConnected: boolean): Choice<Action>[] {
  const group = { train: 'Train', serve: 'Serve' };
  return [
    {
      label: 'Connect Notebook',
      detail: areConnected ? 'Kernels that start in this window log to the companion by themselves' : 'Make mlflow in the kernel log to the companion',
      icon: 'plug',
      group: group.train,
      value: run('slipway.connectNotebook'),
    },
    { label: 'Compare Runs', icon: 'compare-changes', group: group.train, value: run('slipway.compareRuns') },
    ...(isCaptured
      ? [
          { label: 'Open Captured Run', icon: 'beaker', group: group.train, value: run('slipway.openNotebookRun') },
          { label: 'Open Notebook as of This Run', icon: 'notebook-template', group: group.train, value: run('slipway.openNotebookAtRun') },
          { label: 'Compare Notebook with This Run', icon: 'diff', group: group.train, value: run('slipway.compareNotebookWithRun') },
          { label: 'Keep as Metric', detail: 'The numbers that the selected cell prints or returns', icon: 'graph', group: group.train, value: run('slipway.keepAsMetric') },
          { label: 'Show Cell History', icon: 'history', group: group.train, value: run('slipway.showCellHistory') },
        ]
      : []),
    { label: 'Register Model from Notebook', detail: 'Takes a variable of the running kernel', icon: 'package', group: group.serve, value: run('slipway.registerModelFromNotebook') },
    { label: 'Open Registry', icon: 'library', group: group.serve, value: run('slipway.openRegistry') },
    { label: 'Deploy Model', icon: 'rocket', group: group.serve, value: run('slipway.deployModel') },
    { label: 'Open Monitoring', icon: 'pulse', group: group.serve, value: run('slipway.openMonitoring') },
    { label: 'Roll Back', icon: 'discard', group: group.serve, value: run('slipway.rollBack') },
  ];
}

function recordingActions({ connection }: App, notebook: NotebookDocument, mode: CaptureMode): Choice<Action>[] {
  const group = 'Recording';
  const connects = windowSettings().connectKernels;
  const isLeftOut = mode === 'paused' || mode === 'excluded';
  return [
    ...(isLeftOut ? [{ label: 'Record This Notebook Again', icon: 'record', group, value: run('slipway.includeNotebook') }] : []),
    ...(mode === 'recording'
      ? [
          { label: 'Exclude This Notebook', detail: 'Until it is recorded again, for you alone', icon: 'circle-slash', group, value: run('slipway.excludeNotebook') },
          { label: 'Exclude This Notebook by Setting', detail: 'Adds it to slipway.capture.exclude of the workspace', icon: 'gear', group, value: () => excludeBySetting(notebook) },
        ]
      : [{ label: 'Open Recording Settings', icon: 'gear', group, value: run('workbench.action.openSettings', 'slipway.capture') }]),
    connects
      ? { label: 'Do Not Connect Kernels by Themselves', detail: 'Turns the setting slipway.connectKernels off', icon: 'debug-disconnect', group, value: () => setConnectKernels(false) }
      : { label: 'Connect Kernels by Themselves', detail: 'Turns the setting slipway.connectKernels on', icon: 'plug', group, value: () => setConnectKernels(true) },
    { label: 'Companion Status', description: connection.state, icon: 'server-process', group, value: run('slipway.showStatus') },
  ];
}
