import path from 'node:path';
import { commands, window, workspace } from 'vscode';
import { z } from 'zod';
import { CallFailure } from '../../server/client/callFailure.ts';
import type { App } from '../app.ts';
import type { Run } from '../../server/contract/tracking.ts';
import { listRunChoices } from '../tracking/runPrompts.ts';
import { subjectAs } from '../vscode/commands.ts';
import { chosen, pickOne } from '../vscode/prompts.ts';
import { notebookType } from './recordedFile.ts';
import { capturedNotebookUri, type NotebookMoment } from './capturedNotebooks.ts';
import { fileUri } from './openNotebookCell.ts';

/** A run may begin before the editor was told that its cell did. */
const announcementMilliseconds = 500;

const runSubject = z.object({ runId: z.string() });

/** The notebook of a run: of a captured run at its end, of a run that a cell logged when that began. */
function momentOf(run: Run): NotebookMoment | undefined {
  const { cell, name, startedAt } = run;
  if (cell !== undefined) {
    return { captureRunId: cell.captureRunId, at: startedAt + announcementMilliseconds, notebook: cell.notebook, label: name };
  }
  const notebook = run.tags['slipway.notebook'];
  const at = run.endedAt === undefined ? Date.now() : undefined;
  return run.source === 'capture' && notebook !== undefined ? { captureRunId: run.runId, at, notebook, label: name } : undefined;
}

/** False, with a message, for a run that another machine recorded: a shared server keeps the run and not its notebook. */
async function isHere({ connection }: App, { captureRunId }: NotebookMoment): Promise<boolean> {
  try {
    await connection.call('listExecutions', { runId: captureRunId, limit: 1 });
    return true;
  } catch (error) {
    if (!CallFailure.is(error, 'not-found')) {
      throw error;
    }
    void window.showInformationMessage('The notebook of this run is kept on the machine where the run was recorded.');
    return false;
  }
}

async function askMoment({ connection }: App, subject: unknown, title: string): Promise<NotebookMoment | undefined> {
  const given = subjectAs(runSubject, subject)?.runId;
  if (given !== undefined) {
    const moment = momentOf(await connection.call('getRun', { runId: given }));
    if (moment === undefined) {
      void window.showInformationMessage('No notebook was recorded with this run.');
    }
    return moment;
  }
  const active = window.activeNotebookEditor?.notebook;
  const file = active?.notebookType === notebookType && active.uri.scheme === 'file' ? active.uri.fsPath : undefined;
  const ofNotebook = (run: Run): boolean => {
    const moment = momentOf(run);
    return moment !== undefined && (file === undefined || moment.notebook === file);
  };
  const choices = await listRunChoices(connection, ofNotebook);
  if (choices.length === 0) {
    void window.showInformationMessage(file === undefined ? 'No notebook has been recorded yet.' : `No run of ${path.basename(file)} has been recorded yet.`);
    return undefined;
  }
  const run = chosen(await pickOne({ title, placeholder: 'As of which run?' }, choices));
  return run === undefined ? undefined : momentOf(run);
}

/** Opens the notebook as it was at a run, with its outputs of then. It cannot be changed. */
export async function openNotebookAtRun(app: App, subject: unknown): Promise<void> {
  const moment = await askMoment(app, subject, 'Slipway: Open Notebook as of This Run');
  if (moment !== undefined && (await isHere(app, moment))) {
    await commands.executeCommand('vscode.openWith', capturedNotebookUri(moment), notebookType);
  }
}

const runPair = z.object({ from: z.string(), to: z.string() });

/** Shows in VS Code's notebook diff what changed between two runs. */
export async function compareRunNotebooks(app: App, subject: unknown): Promise<void> {
  const { connection } = app;
  const pair = subjectAs(runPair, subject);
  if (pair === undefined) {
    return;
  }
  const [from, to] = await Promise.all([pair.from, pair.to].map(async (runId) => momentOf(await connection.call('getRun', { runId }))));
  if (from === undefined || to === undefined) {
    void window.showInformationMessage('No notebook was recorded with one of these runs.');
    return;
  }
  if (!(await isHere(app, from)) || !(await isHere(app, to))) {
    return;
  }
  await commands.executeCommand('vscode.diff', capturedNotebookUri(from, 'run'), capturedNotebookUri(to, 'run'), `${path.basename(to.notebook)}: ${from.label} ↔ ${to.label}`);
}

/** Shows in VS Code's notebook diff what changed between a run and now. A secret that is still in its place is no change. */
export async function compareNotebookWithRun(app: App, subject: unknown): Promise<void> {
  const moment = await askMoment(app, subject, 'Slipway: Compare Notebook with This Run');
  if (moment === undefined || !(await isHere(app, moment))) {
    return;
  }
  const now = fileUri(moment.notebook);
  const isThere = await workspace.fs.stat(now).then(() => true, () => false);
  if (!isThere) {
    void window.showWarningMessage(`The notebook ${moment.notebook} is no longer there.`);
    return;
  }
  await commands.executeCommand('vscode.diff', capturedNotebookUri(moment, 'now'), now, `${path.basename(moment.notebook)}: ${moment.label} ↔ now`);
}
