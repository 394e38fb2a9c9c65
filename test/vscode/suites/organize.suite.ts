import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { shortDigest } from '../../../server/contract/format/digests.ts';
import type { Transfer } from '../../../server/contract/transfer.ts';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { companion, slipway, workspacePath } from './insideHost.ts';
import { mlflowCalls } from '../../server/tracking/mlflowCalls.ts';

function run<T>(command: string, ...input: unknown[]): Thenable<T | undefined> {
  return vscode.commands.executeCommand<T | undefined>(`slipway.${command}`, ...input);
}

/** Creates a run as an MLflow client would. @returns its id */
async function createRun(experimentId: string): Promise<string> {
  return mlflowCalls(await companion()).createRun({ experiment_id: experimentId });
}

async function deletedIds(): Promise<string[]> {
  const { experiments, runs, models } = await (await companion()).call('listDeleted', {});
  return [...experiments.map(({ experimentId }) => experimentId), ...runs.map(({ runId }) => runId), ...models.map(({ modelId }) => modelId)];
}

const deleted = (kind: 'experiment' | 'run' | 'model', id: string): object => ({ deleted: { kind, id, name: 'one' } });

let spring = '';
let first = '';
let second = '';

test('an experiment is created and renamed', async () => {
  await slipway();
  await run('startCompanion');
  spring = (await run<string>('newExperiment', { name: 'spring' })) ?? '';
  await run('renameExperiment', { experimentId: spring, name: 'summer' });
  const { experiments } = await (await companion()).call('listExperiments', {});
  assert.ok(experiments.some(({ experimentId, name }) => experimentId === spring && name === 'summer'));
});

test('several runs move to another experiment', async () => {
  [first, second] = [await createRun('0'), await createRun('0')];
  // The context menu gives the row and all selected rows.
  await run('moveRuns', { runIds: [first, second], experimentId: spring });
  const { runs } = await (await companion()).call('listRuns', { experimentId: spring });
  assert.deepEqual(runs.map(({ runId }) => runId).sort(), [first, second].sort());
});

test('the note of a run is written in an editor and removed by emptying it', async () => {
  const client = await companion();
  await run('editRunNote', { runId: first });
  const document = await eventually('the note is open', () => vscode.window.activeTextEditor?.document);
  assert.deepEqual([document.uri.scheme, document.languageId, document.getText()], ['slipway-note', 'markdown', '']);
  const write = async (text: string): Promise<void> => {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
    await vscode.workspace.applyEdit(edit);
    await eventually('the note is saved', async () => document.save());
  };
  for (let line = 1; line <= 20; line++) {
    await write(`Line ${line}`);
  }
  await write('**Better** recall\n\n- of April');
  assert.equal((await client.call('getRun', { runId: first })).tags['mlflow.note.content'], '**Better** recall\n\n- of April');
  await write('');
  assert.equal((await client.call('getRun', { runId: first })).tags['mlflow.note.content'], undefined);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
});

// A desktop editor gets links from the system, which knows none of the editor under test.
if (vscode.env.uiKind === vscode.UIKind.Web) {
  test('a link from outside opens what it names, and nothing where it names nothing', async () => {
    // A person is asked before an extension gets a link; here the answer is given beforehand.
    await vscode.workspace.getConfiguration('extensions').update('confirmedUriHandlerExtensionIds', ['slipway.slipway'], vscode.ConfigurationTarget.Global);
    const follow = async (path: string): Promise<void> => {
      const link = vscode.Uri.from({ scheme: vscode.env.uriScheme, authority: 'slipway.slipway', path });
      await vscode.env.openExternal(await vscode.env.asExternalUri(link));
    };
    const before = new Set(tabTitles());
    const seen = new Set<string>();
    const watching = vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => [...opened, ...changed].forEach(({ label }) => seen.add(label)));
    await follow(`/run/${'0'.repeat(32)}`);
    await follow('/model/no such model');
    await follow('/command/slipway.newExperiment');
    await follow(`/experiment/${spring}`);
    await eventually('the experiment is open', () => (tabTitles().includes('Compare Runs') ? true : undefined));
    assert.deepEqual([...seen].filter((label) => !before.has(label)), ['Compare Runs'], 'what names nothing has opened nothing');
    await follow(`/run/${first}`);
    await eventually('the run is open', () => (tabTitles().includes('Run') ? true : undefined));
    watching.dispose();
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });
}

test('deleted runs and experiments are restored, and what is deleted permanently is gone', async () => {
  const client = await companion();
  await run('deleteRun', { runIds: [first, second], confirmed: true });
  assert.deepEqual((await deletedIds()).sort(), [first, second].sort());
  await run('restoreDeleted', deleted('run', first));
  assert.deepEqual(await deletedIds(), [second]);
  await run('deletePermanently', { ...deleted('run', second), confirmed: true });
  assert.deepEqual(await deletedIds(), []);
  await assert.rejects(client.call('getRun', { runId: second }), { reason: 'not-found' });
  await run('deleteExperiment', { experimentId: spring, confirmed: true });
  assert.deepEqual(await deletedIds(), [spring]);
  await run('restoreDeleted', deleted('experiment', spring));
  await client.call('getRun', { runId: first });
  await run('deleteExperiment', { experimentId: spring, confirmed: true });
  await run('emptyDeleted', { confirmed: true });
  await assert.rejects(client.call('getRun', { runId: first }), { reason: 'not-found' });
});

function tabTitles(): string[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
}

test('an mlruns folder is imported with a report, and again without anything new', async () => {
  const location = workspacePath('mlruns');
  const imported = await run<Transfer>('importFromMlflow', { location, confirmed: true });
  assert.equal(imported?.state, 'succeeded', imported?.message);
  assert.deepEqual([imported.report?.added.runs, imported.report?.added.metrics, imported.report?.added.artifacts], [2, 10, 2]);
  await eventually('the report is shown', () => (tabTitles().some((title) => title.includes(`Import ${shortDigest(imported.id)}`)) ? true : undefined));
  const again = await run<Transfer>('importFromMlflow', { location, confirmed: true });
  assert.deepEqual([again?.state, again?.report?.added.runs], ['succeeded', 0]);
});

test('everything is exported to a folder', async () => {
  const location = workspacePath('exported');
  const exported = await run<Transfer>('exportToMlflow', { location, confirmed: true });
  assert.equal(exported?.state, 'succeeded', exported?.message);
  assert.equal(exported.report?.target.runs, exported.report?.source.runs);
  assert.ok(existsSync(location));
});
