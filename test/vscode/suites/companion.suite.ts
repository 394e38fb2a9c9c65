import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { dataHomePath } from '../../../server/platform/dataHome.ts';
import { discoverCompanion } from '../../../server/client/discover.ts';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { companion, slipway } from './insideHost.ts';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string; readonly category: string }[] };
}

function readManifest(extension: vscode.Extension<unknown>): Manifest {
  return JSON.parse(readFileSync(path.join(extension.extensionPath, 'package.json'), 'utf8')) as Manifest;
}

test('activation starts no companion', async () => {
  await slipway();
  assert.equal(await discoverCompanion(dataHomePath()), undefined);
});

test('every command of the manifest is there, in the category Slipway', async () => {
  const extension = await slipway();
  const registered = new Set(await vscode.commands.getCommands(true));
  const { commands } = readManifest(extension).contributes;
  assert.deepEqual(commands.filter(({ command }) => !registered.has(command)), []);
  assert.deepEqual(commands.filter(({ category }) => category !== 'Slipway'), []);
});

test('every command that the extension registers is in the manifest', async () => {
  const extension = await slipway();
  const declared = new Set(readManifest(extension).contributes.commands.map(({ command }) => command));
  // VS Code makes commands for views by itself, such as slipway.models.focus.
  const own = (await vscode.commands.getCommands(true)).filter((id) => /^slipway\.\w+$/.test(id));
  assert.deepEqual(own.filter((id) => !declared.has(id)), []);
});

test('a command that needs the companion starts it, and the window holds a lease', async () => {
  await vscode.commands.executeCommand('slipway.startCompanion');
  const client = await companion();
  const labels = await eventually('a lease', async () => {
    const { clients } = await client.call('getStatus', {});
    return clients.length > 0 ? clients.map(({ label }) => label) : undefined;
  });
  assert.equal(labels.length, 1);
});

test('a setting of VS Code reaches the companion', async () => {
  const client = await companion();
  const configuration = vscode.workspace.getConfiguration('slipway');
  await configuration.update('inferenceLogDays', 7, vscode.ConfigurationTarget.Global);
  await eventually('the setting', async () => ((await client.call('getSettings', {})).inferenceLogDays === 7 ? true : undefined));
  await configuration.update('inferenceLogDays', undefined, vscode.ConfigurationTarget.Global);
  await eventually('the default', async () => ((await client.call('getSettings', {})).inferenceLogDays === 30 ? true : undefined));
});

test('a companion that crashed is started again', async () => {
  const { lock } = await companion();
  process.kill(lock.pid, 'SIGKILL');
  const again = await eventually('another companion', async () => {
    const found = await discoverCompanion(dataHomePath());
    return found !== undefined && found.pid !== lock.pid ? found : undefined;
  });
  assert.notEqual(again.pid, lock.pid);
});

test('restarting gives another process', async () => {
  const { lock } = await companion();
  await vscode.commands.executeCommand('slipway.restartCompanion');
  assert.notEqual((await companion()).lock.pid, lock.pid);
});

test('a stopped companion stays stopped until something needs it', async () => {
  await companion();
  await vscode.commands.executeCommand('slipway.stopCompanion');
  assert.equal(await discoverCompanion(dataHomePath()), undefined);
  await vscode.commands.executeCommand('slipway.startCompanion');
  assert.ok(await discoverCompanion(dataHomePath()));
});
