import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { eventually, test } from '../../harness/vscode/suite.ts';

/** Cells that run first, so that the kernel and the companion have started. */
const first = 20;
const settleMilliseconds = 5000;

async function execute(notebook: vscode.NotebookDocument, end: number): Promise<vscode.NotebookCell[]> {
  const cells = notebook.getCells().slice(0, end);
  const endOf = (cell: vscode.NotebookCell | undefined): number => cell?.executionSummary?.timing?.endTime ?? 0;
  const before = endOf(cells.at(-1));
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: 0, end }], document: notebook.uri });
  await eventually('the cells end', () => (endOf(cells.at(-1)) > before ? true : undefined), 100_000);
  return cells;
}

const ticksPerSecond = 100;

/** Milliseconds of processor time that a process and its threads have used so far; 0 where /proc does not tell. */
function processorTime(pid: number): number {
  const file = `/proc/${pid}/stat`;
  const [user, system] = existsSync(file) ? readFileSync(file, 'utf8').replace(/^.*\) /s, '').split(' ').slice(11, 13).map(Number) : [];
  return (((user ?? 0) + (system ?? 0)) * 1000) / ticksPerSecond;
}

/** The companion of this window, where Slipway is installed. */
function companionPid(): number | undefined {
  const file = path.join(process.env['SLIPWAY_HOME'] ?? '', 'companion.json');
  return existsSync(file) ? Number(/"pid": ?(\d+)/.exec(readFileSync(file, 'utf8'))?.[1]) : undefined;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

test('quick cells run one after the other', async () => {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const file = process.env['SLIPWAY_BENCH_RESULT'];
  if (folder === undefined || file === undefined) {
    throw new Error('No workspace is open, or nobody wants the result.');
  }
  const notebook = await vscode.workspace.openNotebookDocument(vscode.Uri.joinPath(folder.uri, 'work.ipynb'));
  await vscode.window.showNotebookDocument(notebook);
  await execute(notebook, first);
  await new Promise((resolve) => setTimeout(resolve, settleMilliseconds));
  const pids = [process.pid, companionPid() ?? 0];
  const before = pids.map(processorTime);
  const timings = (await execute(notebook, notebook.cellCount)).flatMap((cell) => cell.executionSummary?.timing ?? []);
  await new Promise((resolve) => setTimeout(resolve, settleMilliseconds));
  const [host, companion] = pids.map((pid, index) => (processorTime(pid) - (before[index] ?? 0)) / timings.length);
  const [begin, end] = [timings[0]?.startTime ?? Number.NaN, timings.at(-1)?.endTime ?? Number.NaN];
  writeFileSync(
    file,
    JSON.stringify({
      all: (end - begin) / timings.length,
      cell: median(timings.map(({ startTime, endTime }) => endTime - startTime)),
      between: median(timings.slice(1).map(({ startTime }, index) => startTime - (timings[index]?.endTime ?? startTime))),
      host,
      companion,
    }),
  );
});
