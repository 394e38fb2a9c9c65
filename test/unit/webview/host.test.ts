import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageFromPanel, MessageToPanel } from '../../../server/contract/panels.ts';
import { createHost, HostFailure, type Host } from '../../../webview/ui/host.ts';
import { createResource } from '../../../webview/ui/resource.ts';
import { createPersistence, isBoolean, memoryStorage } from '../../../webview/ui/storage.ts';

interface Wire {
  readonly host: Host<'compare'>;
  readonly sent: MessageFromPanel[];
  readonly receive: (message: MessageToPanel) => void;
}

function wire(): Wire {
  const sent: MessageFromPanel[] = [];
  const target = new EventTarget();
  const host = createHost<'compare'>({ postMessage: (message) => sent.push(message) }, target);
  return { host, sent, receive: (data) => target.dispatchEvent(new MessageEvent('message', { data })) };
}

const failure = { reason: 'not-found', message: 'There is no run x.', remedy: 'Refresh the list.' } as const;

test('answers reach the calls that they belong to, in any order', async () => {
  const { host, sent, receive } = wire();
  const first = host.call('listRunIds', { limit: 1 });
  const second = host.call('listRunIds', { limit: 2 });
  const [a, b] = sent;
  assert.ok(a?.type === 'call' && b?.type === 'call');
  receive({ type: 'answer', id: b.id, ok: true, output: { runIds: [], truncated: true } });
  receive({ type: 'answer', id: a.id, ok: true, output: { runIds: [], truncated: false } });
  assert.deepEqual([(await first).truncated, (await second).truncated], [false, true]);
});

test('a failure keeps the companion\'s words and remedy', async () => {
  const { host, sent, receive } = wire();
  const call = host.call('compareRuns', { runIds: ['x'] });
  const [message] = sent;
  assert.ok(message?.type === 'call');
  receive({ type: 'failure', id: message.id, error: failure });
  await assert.rejects(call, (error) => error instanceof HostFailure && error.message === failure.message && error.remedy === failure.remedy && error.reason === 'not-found');
});

test('a reconnection is told once, and only after a break', () => {
  const { host, receive } = wire();
  let times = 0;
  host.onReconnect(() => {
    times += 1;
  });
  receive({ type: 'connection', connected: true });
  assert.equal(times, 0);
  receive({ type: 'connection', connected: false });
  assert.equal(host.connected.value, false);
  receive({ type: 'connection', connected: true });
  assert.equal(times, 1);
});

test('messages of others are ignored', () => {
  const { host } = wire();
  const target = new EventTarget();
  createHost({ postMessage: () => undefined }, target);
  target.dispatchEvent(new MessageEvent('message', { data: 'vscode' }));
  target.dispatchEvent(new MessageEvent('message', { data: null }));
  assert.equal(host.connected.value, true);
});

/** Resolves once the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

test('refreshes that come together load once, and one during a load runs after it', async () => {
  let loads = 0;
  const held: (() => void)[] = [];
  const resource = createResource(async () => {
    loads += 1;
    const mine = loads;
    await new Promise<void>((resolve) => held.push(resolve));
    return mine;
  });
  resource.refresh();
  resource.refresh();
  resource.refresh();
  await until(() => loads === 1);
  resource.refresh();
  // Longer than refreshes are gathered for, so that the second one has met the running load.
  await new Promise((resolve) => {
    setTimeout(resolve, 300);
  });
  assert.equal(loads, 1);
  held.shift()?.();
  await until(() => loads === 2);
  held.shift()?.();
  await until(() => resource.value.value === 2);
});

test('a failed refresh keeps the last good value beside the failure', async () => {
  let broken = false;
  const resource = createResource(() => (broken ? Promise.reject(new HostFailure(failure)) : Promise.resolve('good')));
  resource.reset();
  await until(() => resource.value.value === 'good');
  broken = true;
  resource.refresh();
  await until(() => resource.failure.value !== undefined);
  assert.equal(resource.value.value, 'good');
  assert.equal(resource.failure.value?.message, failure.message);
});

test('an answer that a reset overtook is dropped', async () => {
  const held: ((value: string) => void)[] = [];
  const resource = createResource(() => new Promise<string>((resolve) => held.push(resolve)));
  resource.reset();
  resource.reset();
  held[1]?.('new');
  await until(() => resource.value.value === 'new');
  held[0]?.('old');
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  assert.equal(resource.value.value, 'new');
});

test('kept values outlive the panel, and unfitting ones are replaced', () => {
  const storage = memoryStorage({ log: true, zoom: 'far', other: 1 });
  const persistence = createPersistence(storage);
  const log = persistence.keep('log', false, isBoolean);
  const zoom = persistence.keep('zoom', false, isBoolean);
  assert.deepEqual([log.value, zoom.value], [true, false]);
  log.value = false;
  assert.deepEqual(storage.read(), { log: false, zoom: false, other: 1 });
});
