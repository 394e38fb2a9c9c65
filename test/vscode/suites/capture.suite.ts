import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Capture } from '../../../server/contract/notebooks.ts';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { companion, execute, openNotebook, workspacePath } from './insideHost.ts';

/** The notebook's latest captured run once it holds so many executions. */
async function captured(executions: number): Promise<Capture> {
  const client = await companion();
  return eventually(`${executions} recorded executions`, async () => {
    const { runId } = await client.call('getNotebookResults', { notebook: workspacePath('work.ipynb') });
    const capture = runId === undefined ? undefined : await client.call('getCapture', { runId });
    return capture?.executions.length === executions ? capture : undefined;
  });
}

async function restartKernel(): Promise<void> {
  await vscode.commands.executeCommand('slipwayTestKernel.restart');
}

function textOf(capture: Capture, index: number): string {
  return (capture.executions[index]?.outputs ?? []).map(({ content }) => content).join('\n');
}

test('the first execution starts the companion and a captured run', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 0);
  const capture = await captured(1);
  assert.equal(capture.notebook, workspacePath('work.ipynb'));
  assert.equal(capture.kernel, 'Python 3');
  assert.equal(capture.executions[0]?.source, 'rate = 0.5');
  assert.equal(capture.executions[0]?.cellId, 'cell-0');
  assert.equal(capture.executions[0]?.success, true);
});

test('what a cell prints, warns and returns is kept', async () => {
  await execute(await openNotebook(), 1);
  const capture = await captured(2);
  const outputs = capture.executions[1]?.outputs ?? [];
  assert.deepEqual(
    outputs.map(({ mime, content }) => [mime, content.trim()]),
    [
      ['application/vnd.code.notebook.stdout', 'trained'],
      ['application/vnd.code.notebook.stderr', 'warned'],
      ['text/plain', '1.0'],
    ],
  );
  assert.equal(capture.executions[1]?.executionCount, 2);
});

test('a cell that raises is recorded as failed, with its error', async () => {
  await execute(await openNotebook(), 2);
  const capture = await captured(3);
  assert.equal(capture.executions[2]?.success, false);
  assert.match(textOf(capture, 2), /ValueError/);
});

test('the source is the one that ran, not the one that was typed meanwhile', async () => {
  const notebook = await openNotebook();
  const cell = notebook.cellAt(3);
  const client = await companion();
  const running = execute(notebook, 3);
  await eventually('the cell runs', async () => (await client.call('getExecutingCapture', {})).runId);
  const edit = new vscode.WorkspaceEdit();
  edit.insert(cell.document.uri, new vscode.Position(0, 0), '# later\n');
  await vscode.workspace.applyEdit(edit);
  await running;
  const capture = await captured(4);
  assert.equal(capture.executions[3]?.source, 'import time\ntime.sleep(1)');
});

test('durations are those of the kernel', async () => {
  const { executions } = await captured(4);
  const [, , , slow] = executions;
  assert.ok(slow !== undefined && slow.endedAt - slow.startedAt >= 1000);
  const begins = executions.map(({ startedAt }) => startedAt);
  assert.deepEqual(begins, [...begins].sort((a, b) => a - b));
});

test('clearing the outputs records nothing', async () => {
  await openNotebook();
  const { runId } = await captured(4);
  await vscode.commands.executeCommand('notebook.clearAllCellsOutputs');
  // Executions are recorded in their order: what the clearing recorded would come before this one.
  await execute(await openNotebook(), 0);
  const after = await captured(5);
  assert.equal(after.runId, runId);
  assert.equal(after.executions.at(-1)?.source, 'rate = 0.5');
});

test('a restarted kernel begins another captured run', async () => {
  const first = await captured(5);
  const notebook = await openNotebook();
  await restartKernel();
  await execute(notebook, 0, 2);
  const second = await captured(2);
  assert.notEqual(second.runId, first.runId);
  assert.deepEqual(second.executions.map(({ cellId }) => cellId), ['cell-0', 'cell-1']);
  const client = await companion();
  const ended = await client.call('getCapture', { runId: first.runId });
  assert.ok(ended.endedAt !== undefined);
  assert.equal(ended.executions.length, 5);
});

test('a companion that crashes between two cells loses no execution', async () => {
  const notebook = await openNotebook();
  const before = await captured(2);
  process.kill((await companion()).lock.pid, 'SIGKILL');
  await execute(notebook, 0);
  await execute(notebook, 1);
  const after = await captured(4);
  assert.equal(after.runId, before.runId);
  assert.deepEqual(after.executions.map(({ cellId }) => cellId), ['cell-0', 'cell-1', 'cell-0', 'cell-1']);
});

test('a paused notebook is not recorded until it is resumed', async () => {
  const notebook = await openNotebook();
  const before = await captured(4);
  await vscode.commands.executeCommand('slipway.toggleRecording');
  await execute(notebook, 0);
  await vscode.commands.executeCommand('slipway.toggleRecording');
  await execute(notebook, 1);
  const after = await captured(5);
  assert.equal(after.runId, before.runId);
  assert.equal(after.executions[4]?.cellId, 'cell-1');
});

test('one click excludes a notebook and another includes it again; capturing writes nothing into the workspace', async () => {
  const notebook = await openNotebook();
  await vscode.commands.executeCommand('slipway.excludeNotebook');
  await execute(notebook, 0);
  await vscode.commands.executeCommand('slipway.includeNotebook');
  await execute(notebook, 1);
  const after = await captured(6);
  assert.equal(after.executions[5]?.cellId, 'cell-1');
  assert.deepEqual(readdirSync(workspacePath('.')), ['work.ipynb']);
});

test('a cell tagged metrics gives its numbers to the captured run, and no secret is kept', async () => {
  const notebook = await openNotebook();
  const secret = `ghp_${'a1'.repeat(18)}`;
  const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, `token = "${secret}"\nprint("accuracy: 0.9")\nprint("with", token)`, 'python');
  cell.metadata = { metadata: { tags: ['metrics'] } };
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(notebook.cellCount, [cell])]);
  await vscode.workspace.applyEdit(edit);
  await execute(notebook, notebook.cellCount - 1);
  const capture = await captured(7);
  const client = await companion();
  assert.deepEqual((await client.call('getRun', { runId: capture.runId })).metrics, { accuracy: 0.9 });
  assert.match(textOf(capture, 6), /accuracy: 0\.9\nwith ••/);
  const kept = JSON.stringify([capture, await client.call('getCapturedNotebook', { runId: capture.runId })]);
  assert.ok(!kept.includes(secret));
});

test('an excluded notebook is not recorded', async () => {
  const notebook = await openNotebook();
  const configuration = vscode.workspace.getConfiguration('slipway');
  await configuration.update('capture.exclude', ['**/work.ipynb'], vscode.ConfigurationTarget.Workspace);
  await execute(notebook, 0);
  await configuration.update('capture.exclude', undefined, vscode.ConfigurationTarget.Workspace);
  await execute(notebook, 1);
  const after = await captured(8);
  assert.equal(after.executions[7]?.cellId, 'cell-1');
});

test('an output of megabytes, ten thousand lines and a widget are kept in part, and say so', async () => {
  const notebook = await openNotebook();
  const source = [
    'for line in range(10_000): print("line", line)',
    'print("x" * 5_000_000, file=sys.stderr)',
    'display({"application/vnd.jupyter.widget-view+json": {"model_id": "a", "version_major": 2}, "text/plain": "Slider()"}, raw=True)',
  ].join('\n');
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(notebook.cellCount, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, `import sys\n${source}`, 'python')])]);
  await vscode.workspace.applyEdit(edit);
  await execute(notebook, notebook.cellCount - 1);
  const { outputs } = (await captured(9)).executions[8] ?? { outputs: [] };
  assert.deepEqual(outputs.map(({ mime, content, truncated }) => [mime.replace(/.*\./, ''), content.length > 1000 ? content.length : content.replace(/\s/g, ''), truncated]), [
    ['stdout', 64 * 1024, true],
    ['stderr', 64 * 1024, true],
    ['widget-view+json', '{"model_id":"a","version_major":2}', false],
    ['text/plain', 'Slider()', false],
  ]);
});

test('a notebook that is closed ends its captured run, as its kernel ends; opened again it begins another', async () => {
  const client = await companion();
  const uri = vscode.Uri.file(workspacePath('closed.ipynb'));
  await vscode.workspace.fs.copy(vscode.Uri.file(workspacePath('work.ipynb')), uri);
  /** Opens it as a click does, runs its first cell and closes it. @returns the ended run */
  const visit = async (): Promise<string> => {
    const before = (await client.call('getNotebookResults', { notebook: uri.fsPath })).runId;
    await vscode.commands.executeCommand('vscode.open', uri);
    const notebook = await eventually('the notebook is open', () => vscode.workspace.notebookDocuments.find((open) => open.uri.toString() === uri.toString()));
    await execute(notebook, 0);
    const runId = await eventually('its run', async () => {
      const known = (await client.call('getNotebookResults', { notebook: uri.fsPath })).runId;
      return known === before ? undefined : known;
    });
    await eventually('it is saved', async () => ((await notebook.save()) && !notebook.isDirty ? true : undefined));
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await eventually('the end of the run', async () => (await client.call('getCapture', { runId })).endedAt);
    return runId;
  };
  const [first, second] = [await visit(), await visit()];
  assert.notEqual(second, first);
  const { executions } = await client.call('getCellHistory', { notebook: uri.fsPath, cellId: 'cell-0' });
  assert.deepEqual(executions.map(({ runId }) => runId), [second, first]);
});

test('the number that a cell returns is kept as a metric, now and each time that it runs', async () => {
  const notebook = await openNotebook();
  await execute(notebook, 1);
  const client = await companion();
  const { runId = '' } = await eventually('the execution', async () => {
    const found = await client.call('getNotebookResults', { notebook: workspacePath('work.ipynb') });
    const capture = found.runId === undefined ? undefined : await client.call('getCapture', { runId: found.runId });
    return capture?.executions.at(-1)?.source.endsWith('rate * 2') === true && capture.endedAt === undefined ? found : undefined;
  });
  await vscode.commands.executeCommand('notebook.focusTop');
  await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(1, 2)] });
  await vscode.commands.executeCommand('slipway.keepAsMetric', { name: 'doubled' });
  assert.equal((await client.call('getRun', { runId })).metrics['doubled'], 1);
  assert.deepEqual(notebook.cellAt(1).metadata['metadata'], { tags: ['metric=doubled'] });
});

test('a Python file that is run with Slipway is captured as a notebook is', async () => {
  const file = workspacePath('train.py');
  writeFileSync(file, 'import sys\nrate = 0.25\nprint(f"accuracy {rate:.2f}")\nprint(sys.argv[1:])\n');
  const ended = new Promise<number | undefined>((resolve) => {
    const listener = vscode.tasks.onDidEndTaskProcess(({ exitCode }) => {
      listener.dispose();
      resolve(exitCode);
    });
  });
  await vscode.commands.executeCommand('slipway.runScript', { file, arguments: ['--name', 'a b'], python: process.env['SLIPWAY_TEST_PYTHON'] });
  assert.equal(await ended, 0);
  const client = await companion();
  const { runId = '' } = await client.call('getNotebookResults', { notebook: file });
  const { params, metrics, status } = await client.call('getRun', { runId });
  assert.deepEqual([params, metrics, status], [{ rate: '0.25' }, { accuracy: 0.25 }, 'FINISHED']);
  assert.match(textOf(await client.call('getCapture', { runId }), 0), /\['--name', 'a b'\]/);
});

test('cells of a Python file in the Interactive Window are captured as those of the file', async () => {
  const file = workspacePath('cells.py');
  writeFileSync(file, '# %%\nrate = 0.5\n# %%\nprint(f"accuracy {rate:.2f}")\n');
  const before = new Set(vscode.workspace.notebookDocuments);
  await vscode.commands.executeCommand('interactive.open');
  const window = await eventually('the Interactive Window', () => vscode.workspace.notebookDocuments.find((one) => one.notebookType === 'interactive' && !before.has(one)));
  for (const [index, source] of ['rate = 0.5', 'print(f"accuracy {rate:.2f}")'].entries()) {
    // As the Jupyter extension adds them.
    const data = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, source, 'python');
    data.metadata = { interactive: { uristring: vscode.Uri.file(file).toString(), lineIndex: 2 * index, originalSource: source }, id: `run-${index}` };
    const edit = new vscode.WorkspaceEdit();
    edit.set(window.uri, [vscode.NotebookEdit.insertCells(index, [data])]);
    await vscode.workspace.applyEdit(edit);
    await execute(window, index);
  }
  const client = await companion();
  const run = await eventually('two executions', async () => {
    const { runId } = await client.call('getNotebookResults', { notebook: file });
    const capture = runId === undefined ? undefined : await client.call('getCapture', { runId });
    return capture?.executions.length === 2 ? client.call('getRun', { runId: capture.runId }) : undefined;
  });
  assert.deepEqual([run.params, run.metrics], [{ rate: '0.5' }, { accuracy: 0.5 }]);
  assert.deepEqual((await client.call('getCapturedNotebook', { runId: run.runId })).cells.map(({ cellId, executed }) => [cellId, executed]), [['run-0', true], ['run-1', true]]);
});
