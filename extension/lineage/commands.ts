import { Uri, window } from 'vscode';
import { z } from 'zod';
import { describeDecision, describeEnd, describeFed, explanationFacts } from '../../server/contract/format/lineage.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import type { App, AppCommands } from '../app.ts';
import { openNotebookCell } from '../notebooks/openNotebookCell.ts';
import { subjectAs } from '../vscode/commands.ts';
import { escapeMarkdown } from '../vscode/format.ts';
import { withMessage } from '../vscode/progress.ts';
import { askText, chosen } from '../vscode/prompts.ts';
import { showMarkdown } from '../vscode/readonlyText.ts';

const requestSubject = z.object({ requestId: z.string(), endpoint: z.string().optional() });

function line(text: string): string {
  return escapeMarkdown(text.replace(/\s+/g, ' '));
}

/** A page from the answer back to the data; the cell is offered where it is known. */
async function explainRequest({ connection }: App, subject: unknown): Promise<void> {
  const given = subjectAs(requestSubject, subject);
  const id = given?.requestId ?? chosen(await askText({ title: 'Slipway: Why This Answer?', prompt: 'Id of the request: the header x-request-id of its answer' }))?.trim();
  if (id === undefined || id === '') {
    return;
  }
  const explanation = await withMessage('Looking for the request', () => connection.call('explainRequest', { id, ...(given?.endpoint === undefined ? {} : { endpoint: given.endpoint }) }));
  const rows = explanationFacts(explanation).map(([name, value]) => `| ${name} | ${line(value)} |`);
  await showMarkdown(`request-${id}.md`, ['# Why this answer?', '', '| | |', '|---|---|', ...rows, ''].join('\n'));
  const { cell } = explanation;
  if (cell !== undefined && (await window.showInformationMessage(`The model was trained in cell ${cell.cellIndex + 1} of its notebook.`, 'Open Cell')) === 'Open Cell') {
    await openNotebookCell(cell);
  }
}

/** @param subject the file's Uri where the Explorer calls */
async function showFed({ connection }: App, subject: unknown): Promise<void> {
  const file = subject instanceof Uri ? subject : window.activeTextEditor?.document.uri;
  if (file?.scheme !== 'file') {
    void window.showInformationMessage('Choose a data file in the Explorer: its menu has "What Does This File Feed?".');
    return;
  }
  const { fed, file: now } = await connection.call('listFed', { path: file.fsPath });
  if (fed.length === 0) {
    void window.showInformationMessage('No version was trained on this file, as far as is known: captured cells that name it, and mlflow.log_input, tell.');
    return;
  }
  const rows = fed.map((each) => `| ${line(describeFed(each))} | ${each.liveOn.map(line).join(', ')} | ${line(each.file.path)} | ${now?.sha256 === each.file.sha256 ? 'the same' : `another one then (${shortDigest(each.file.sha256)})`} |`);
  await showMarkdown('feeds.md', ['# What this file feeds', '', line(file.fsPath), '', '| version | live on | read from | content |', '|---|---|---|---|', ...rows, ''].join('\n'));
}

function timeOf(text: string): number {
  return Date.parse(text.trim().replace(' ', 'T'));
}

async function showLiveAt({ connection }: App): Promise<void> {
  const now = formatTime(Date.now()).slice(0, 16);
  const text = chosen(
    await askText({ title: 'Slipway: What Was Live?', prompt: 'Time, in local time', value: now, check: (typed) => (Number.isFinite(timeOf(typed)) ? undefined : 'Type a time such as 2026-11-24 14:03.') }),
  );
  if (text === undefined) {
    return;
  }
  const { at, live } = await connection.call('listLiveAt', { at: timeOf(text) });
  const rows = live.map((each) => `| ${line(each.endpoint)} | ${line(`${each.model} version ${each.version}`)} | ${line(describeEnd(each))} | ${line(describeDecision(each.decision))} |`);
  await showMarkdown('live.md', [`# What was live ${formatTime(at)}`, '', ...(rows.length === 0 ? ['Nothing was.'] : ['| endpoint | version | until | decided |', '|---|---|---|---|', ...rows]), ''].join('\n'));
}

export const lineageCommands: AppCommands = {
  'slipway.explainRequest': { doing: 'explaining an answer', run: explainRequest },
  'slipway.showFed': { doing: 'looking for what a file feeds', run: showFed },
  'slipway.showLiveAt': { doing: 'looking for what was live', run: showLiveAt },
};
