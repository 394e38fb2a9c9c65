import { commands, ConfigurationTarget, type NotebookDocument, window, workspace } from 'vscode';
import type { App } from '../app.ts';
import { windowSettings } from '../vscode/configuration.ts';
import { activeNotebook } from './notebookOf.ts';

/** A pattern of `slipway.capture.exclude` that matches one notebook of the workspace. */
function patternOf(notebook: NotebookDocument): string {
  return `**/${workspace.asRelativePath(notebook.uri, false).replace(/^[\\/]+/, '').replace(/[[\]{}*?]/g, '[$&]')}`;
}

function patterns(notebook: NotebookDocument): string[] {
  return windowSettings(notebook.uri)['capture.exclude'];
}

async function setPatterns(notebook: NotebookDocument, next: readonly string[]): Promise<void> {
  await workspace.getConfiguration('slipway', notebook.uri).update('capture.exclude', next.length === 0 ? undefined : next, ConfigurationTarget.Workspace);
}

/** Leaves a notebook out by the setting of the workspace, which everyone who opens the folder shares. */
export async function excludeBySetting(notebook: NotebookDocument): Promise<void> {
  await setPatterns(notebook, [...patterns(notebook), patternOf(notebook)]);
}

/** Leaves the active notebook out of the recording until it is included again; writes no file. */
export async function excludeNotebook({ notebooks }: App): Promise<void> {
  const notebook = await activeNotebook('Slipway: Exclude Notebook from Recording');
  if (notebook !== undefined) {
    await notebooks.setPaused(notebook, true);
  }
}

/** Records the active notebook again, whichever way it was left out. */
export async function includeNotebook({ notebooks }: App): Promise<void> {
  const notebook = await activeNotebook('Slipway: Record Notebook Again');
  if (notebook === undefined) {
    return;
  }
  await notebooks.setPaused(notebook, false);
  const own = patternOf(notebook);
  if (patterns(notebook).includes(own)) {
    await setPatterns(notebook, patterns(notebook).filter((pattern) => pattern !== own));
  }
  if (notebooks.state(notebook).mode !== 'excluded') {
    return;
  }
  const open = 'Open Settings';
  void window.showInformationMessage('A pattern of the setting slipway.capture.exclude leaves this notebook out.', open).then(async (answer) => {
    if (answer === open) {
      await commands.executeCommand('workbench.action.openSettings', 'slipway.capture.exclude');
    }
  });
}
