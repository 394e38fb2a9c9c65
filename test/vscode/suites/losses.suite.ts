import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import * as vscode from 'vscode';
import type { ConnectionState } from '../../../extension/companion/connection.ts';
import { tellLosses } from '../../../extension/monitoring/tellLosses.ts';
import { createCompanionClient } from '../../../server/client/companionClient.ts';
import type { LogLoss } from '../../../server/contract/deployments.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import type { PanelSubject } from '../../../server/contract/panels.ts';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { liveEndpoint, summaryOf } from '../../webview/fixtures/endpoints.ts';

/** What the companion says of two endpoints, one of which loses; a full disk belongs to the companion's own tests. */
async function answering(loss: { now: LogLoss | undefined }): Promise<{ readonly port: number; close(): void }> {
  const other = { ...liveEndpoint, name: 'other' };
  const server = createServer(({ url = '' }, response) => {
    const losing = { ...liveEndpoint, ...(loss.now === undefined ? {} : { logLoss: loss.now }) };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url.endsWith('/endpoints') ? { endpoints: [summaryOf(losing), summaryOf(other)] } : url.endsWith(liveEndpoint.name) ? losing : other));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  return { port: address.port, close: () => server.close() };
}

test('a loss of an inference log is told when it begins and when it has ended, and leads to Monitoring', async () => {
  const loss: { now: LogLoss | undefined } = { now: { requests: 3, from: 1000, to: 2000, failure: 'the disk is full', open: true } };
  const companion = await answering(loss);
  const client = createCompanionClient({ pid: process.pid, port: companion.port, token: 't'.repeat(43), version: '0.1.0', startedAt: 0, proves: true });
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
  const told = tellLosses({ call: (name, input, signal) => client.call(name, input, signal), onDidChangeState: states.event, onDidReceive: events.event }, { open: (subject) => void opened.push(subject) }, { warn: () => undefined });
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
