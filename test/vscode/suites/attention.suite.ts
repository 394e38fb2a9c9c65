import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ConnectionState } from '../../../extension/companion/connection.ts';
import { showAttention } from '../../../extension/deployments/showAttention.ts';
import type { Incident } from '../../../server/contract/alerts.ts';
import type { Endpoint } from '../../../server/contract/deployments.ts';
import type { Promotion } from '../../../server/contract/promotions.ts';
import type { CompanionEvent } from '../../../server/contract/events.ts';
import { eventually, test } from '../../harness/vscode/suite.ts';
import { heldEndpoint, liveEndpoint } from '../../webview/fixtures/endpoints.ts';
import { waitingPromotion } from '../../webview/fixtures/promotions.ts';
import { answeringCompanion } from './answeringCompanion.ts';

const waiting: Endpoint = { ...heldEndpoint, ...(heldEndpoint.rollout === undefined ? {} : { rollout: { ...heldEndpoint.rollout, state: 'held', needs: [{ kind: 'promotion' }] } }) };
const degraded: Endpoint = { ...liveEndpoint, name: 'prices', state: 'degraded', message: '54 % of the answers are model errors.' };
const well: Endpoint = { ...liveEndpoint, name: 'well', state: 'live' };

test('what waits for a person or has failed stays in the status bar and on the badge until it is over', async () => {
  let now: readonly Endpoint[] = [well];
  let incidents: readonly Incident[] = [];
  let promotions: readonly Promotion[] = [];
  const companion = await answeringCompanion(() => now, () => incidents, () => promotions);
  const states = new vscode.EventEmitter<ConnectionState>();
  const events = new vscode.EventEmitter<CompanionEvent>();
  const items: vscode.StatusBarItem[] = [];
  let visible = false;
  const { createStatusBarItem } = vscode.window;
  const creating = (id: string, alignment: vscode.StatusBarAlignment, priority: number): vscode.StatusBarItem => {
    const item = createStatusBarItem(id, alignment, priority);
    Object.assign(item, { show: () => { visible = true; }, hide: () => { visible = false; } });
    items.push(item);
    return item;
  };
  Object.assign(vscode.window, { createStatusBarItem: creating });
  const view: { badge: vscode.ViewBadge | undefined } = { badge: undefined };
  const shown = showAttention({ call: (name, input, signal) => companion.client.call(name, input, signal), onDidChangeState: states.event, onDidReceive: events.event }, view, { warn: (text: string) => assert.fail(text) });
  try {
    now = [well, waiting];
    states.fire('running');
    await eventually('the badge counts', () => view.badge);
    assert.equal(view.badge?.value, 1);
    assert.ok(visible);
    assert.match(items[0]?.text ?? '', new RegExp(`^\\$\\(debug-pause\\) ${waiting.name}: version 3 waits at 10%$`));
    assert.deepEqual(items[0]?.command, { command: 'slipway.openReleases', title: 'Open Releases', arguments: [{ endpoint: waiting.name }] });

    now = [well, waiting, degraded];
    events.fire({ topic: 'endpoint', name: degraded.name });
    await eventually('both are counted', () => view.badge?.value === 2);
    assert.match(items[0]?.text ?? '', /2 endpoints need you/);

    now = [well];
    incidents = [{ id: 7, endpoint: well.name, state: 'open', severity: 'critical', title: '10% of 1,000 requests failed.', openedAt: 0, acknowledgedAt: null, resolvedAt: null }];
    events.fire({ topic: 'incident', endpoint: well.name });
    await eventually('the incident is told', () => items[0]?.text.includes('incident 7, critical'));
    assert.deepEqual(items[0]?.command, { command: 'slipway.openIncident', title: 'Open Incident', arguments: [{ incident: 7 }] });

    incidents = [];
    promotions = [waitingPromotion];
    events.fire({ topic: 'promotion', id: waitingPromotion.id, endpoint: waitingPromotion.endpoint });
    await eventually('the promotion is told', () => items[0]?.text.includes('version 3 waits for approval'));
    assert.deepEqual(items[0]?.command, { command: 'slipway.openPromotion', title: 'Open Promotion', arguments: [{ id: waitingPromotion.id }] });

    promotions = [];
    events.fire({ topic: 'rollout', id: 'r', endpoint: waiting.name });
    await eventually('nothing is left', () => view.badge === undefined);
    assert.ok(!visible);
  } finally {
    Object.assign(vscode.window, { createStatusBarItem });
    shown.dispose();
    companion.close();
  }
});
