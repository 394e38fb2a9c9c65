import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { answerRequest } from '../../../extension/panels/panelCalls.ts';
import type { Connection } from '../../../extension/companion/connection.ts';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { slipway } from './insideHost.ts';

/** A connection that notes what it is asked, and refuses one call. */
function noting(calls: string[]): Pick<Connection, 'passOn'> {
  return {
    passOn(name) {
      calls.push(name);
      return name === 'setAlias' ? Promise.reject(new CallFailure('conflict', 'No.', { field: 'alias', remedy: 'Choose another.' })) : Promise.resolve(new TextEncoder().encode(`{"name": "${name}"}`).buffer);
    },
  };
}

function tabTitles(): string[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
}

test('a panel’s call is passed on and answered under its number', async () => {
  const calls: string[] = [];
  const answer = await answerRequest('registry', { type: 'call', id: 7, name: 'listModels', input: {} }, noting(calls));
  assert.deepEqual(calls, ['listModels']);
  assert.equal(answer.type === 'content' && new TextDecoder().decode(answer.json), '{"name": "listModels"}');
  assert.equal(answer.type === 'content' && answer.id, 7);
});

test('a call that is not of the panel’s kind is refused and not passed on', async () => {
  const calls: string[] = [];
  const answer = await answerRequest('monitoring', { type: 'call', id: 1, name: 'rollBack', input: {} }, noting(calls));
  assert.equal(answer.type === 'failure' && answer.error.reason, 'forbidden');
  assert.deepEqual(calls, []);
});

test('a failure reaches the panel with its field and remedy', async () => {
  const answer = await answerRequest('registry', { type: 'call', id: 2, name: 'setAlias', input: {} }, noting([]));
  assert.deepEqual(answer, { type: 'failure', id: 2, error: { reason: 'conflict', message: 'No.', field: 'alias', remedy: 'Choose another.' } });
});

test('a command that panels may not run is refused', async () => {
  const answer = await answerRequest('registry', { type: 'command', id: 3, command: 'workbench.action.reloadWindow', argument: {} }, noting([]));
  assert.equal(answer.type === 'failure' && answer.error.reason, 'forbidden');
});

test('a command whose argument does not fit is refused', async () => {
  const answer = await answerRequest('registry', { type: 'command', id: 4, command: 'slipway.deleteVersion', argument: { model: 1 } }, noting([]));
  assert.equal(answer.type === 'failure' && answer.error.reason, 'invalid-input');
});

test('a panel of a kind is opened once and shows the next subject in the same tab', async () => {
  await slipway();
  await vscode.commands.executeCommand('slipway.openRegistry', { model: 'churn' });
  await eventually('the panel', () => (tabTitles().includes('churn') ? true : undefined));
  await vscode.commands.executeCommand('slipway.openRegistry', { model: 'fraud' });
  await eventually('the next subject', () => (tabTitles().includes('fraud') ? true : undefined));
  assert.ok(!tabTitles().includes('churn'));
});
