import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { companion, slipway, workspacePath } from './insideHost.ts';

test('a policy of the workspace is put in force when it is saved, broken ones are underlined, and a model says what it needs', async () => {
  await slipway();
  const file = workspacePath('slipway.yaml');
  await vscode.commands.executeCommand('slipway.startCompanion');
  const client = await companion();
  const tierNow = async (): Promise<string> => (await client.call('getPolicy', { model: 'churn' })).tier;
  writeFileSync(file, 'models:\n  churn:\n    tier: standard\n');
  await eventually('the policy is in force', async () => ((await tierNow()) === 'standard' ? true : undefined));

  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  await vscode.window.showTextDocument(document);
  const hovers = await eventually('a hover', async () => {
    const found = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, new vscode.Position(1, 3));
    return found.length > 0 ? found : undefined;
  });
  const text = hovers.flatMap(({ contents }) => contents).map((content) => (typeof content === 'string' ? content : content.value)).join('\n');
  assert.match(text, /rollout\.kind: canary {2}# tier standard/);

  const broken = new vscode.WorkspaceEdit();
  broken.replace(document.uri, new vscode.Range(2, 10, 2, 18), 'gold');
  await vscode.workspace.applyEdit(broken);
  await document.save();
  const [problem] = await eventually('the problem is underlined', () => {
    const found = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'slipway');
    return found.length > 0 ? found : undefined;
  });
  assert.deepEqual([problem?.range.start.line, problem?.range.start.character], [2, 4], problem?.message);
  assert.equal(await tierNow(), 'standard', 'the last good policy stays in force');
  await vscode.workspace.fs.delete(document.uri);
  await client.call('forgetPolicy', { file });
});
