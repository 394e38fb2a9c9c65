import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ConnectionState } from '../../../extension/companion/connection.ts';
import { tellLosses } from '../../../extension/monitoring/tellLosses.ts';
import type { LogLoss } from '../../../server/contract/deployments.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import type { PanelSubject } from '../../../server/contract/panels.ts';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { liveEndpoint } from '../../webview/fixtures/endpoints.ts';
import { answeringCompanion } from './answeringCompanion.ts';

test('a loss of an inference log is told when it begins and when it has ended, and leads to Monitoring', async () => {
  const loss: { now: LogLoss | undefined } = { now: { requests: 3, from: 1000, to: 2000, failure: 'the disk is full', open: true } };
  const companion = await answeringCompanion(() => [{ ...liveEndpoint, ...(loss.now === undefined ? {} : { logLoss: loss.now }) }, { ...liveEndpoint, name: 'other' }]);
  const states = new vscode.EventEmitter<ConnectionState>();
  const events = new vscode.EventEmitter<CompanionEvent>();
  const opened: PanelSubject[] = [];
  const shown: string[] = [];
  const { showWarningMessage, showInformationMessage } = vscode.window;
  // Who presses a button of a message is a person; what is shown and what pressing it does is the extension's.
  const pressing = (kind: string, pressed: string | undefined) => (text: string, ...buttons: unknown[]): Promise<string | undefined> => {
    shown.push(`${kind}: ${text} [${buttons.join()}]`);
    return Promise.resolve(pressed);
  };
  Object.assign(vscode.window, { showWarningMessage: pressing('warning', 'Open Monitoring'), showInformationMessage: pressing('information', undefined) });
  const told = tellLosses({ call: (name, input, signal) => companion.client.call(name, input, signal), onDidChangeState: states.event, onDidReceive: events.event }, { open: (subject) => void opened.push(subject) }, { warn: () => undefined });
  try {
    states.fire('starting');
    states.fire('running');
    await eventually('the beginning is told', () => shown[0]);
    assert.match(shown[0] ?? '', new RegExp(`^warning: Endpoint ${liveEndpoint.name}: Requests are answered and not logged since .*: the disk is full.* \\[Open Monitoring\\]$`));
    await eventually('Monitoring opens', () => opened[0]);
    assert.deepEqual(opened, [{ panel: 'monitoring', endpoint: liveEndpoint.name }]);

    loss.now = { requests: 295, from: 1000, to: 90_000, failure: 'the disk is full', open: false };
    events.fire({ topic: 'endpoint', name: liveEndpoint.name });
    events.fire({ topic: 'log-loss', endpoint: 'other' });
    events.fire({ topic: 'log-loss', endpoint: liveEndpoint.name });
    await eventually('the end is told', () => shown[1]);
    assert.match(shown[1] ?? '', new RegExp(`^information: Endpoint ${liveEndpoint.name}: 295 requests from`));
    told.dispose();
    loss.now = { requests: 1, from: 200_000, to: 200_000, failure: 'the disk is full', open: true };
    states.fire('running');
    assert.deepEqual([shown.length, opened.length], [2, 1]);
  } finally {
    Object.assign(vscode.window, { showWarningMessage, showInformationMessage });
    told.dispose();
    companion.close();
  }
});
