import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
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

function bytesOf(value: unknown): ArrayBuffer {
  return new TextEncoder().encode(JSON.stringify(value)).buffer;
}

const failure = { reason: 'not-found', message: 'There is no run x.', remedy: 'Refresh the list.' } as const;

test('answers reach the calls that they belong to, in any order', async () => {
  const { host, sent, receive } = wire();
  const first = host.call('listRunIds', { limit: 1 });
  const second = host.call('listRunIds', { limit: 2 });
  const [a, b] = sent;
  assert.ok(a?.type === 'call' && b?.type === 'call');
  receive({ type: 'content', id: b.id, json: bytesOf({ runIds: [], truncated: true }) });
  receive({ type: 'content', id: a.id, json: bytesOf({ runIds: [], truncated: false }) });
  assert.deepEqual([(await first).truncated, (await second).truncated], [false, true]);
});

test('what a newer companion says is read as it is, and what is not understood is a failure that says what to do', async () => {
  const { host, sent, receive } = wire();
  const artifact = host.call('readRunArtifact', { runId: 'r', path: 'clip.mp4' });
  const ids = host.call('listRunIds', {});
  const [a, b] = sent;
  assert.ok(a?.type === 'call' && b?.type === 'call');
  receive({ type: 'content', id: a.id, json: bytesOf({ kind: 'video', seconds: 3 }) });
  receive({ type: 'content', id: b.id, json: bytesOf({ runIds: [1], truncated: false }) });
  assert.deepEqual(await artifact, { kind: 'unknown', name: 'video' });
  await assert.rejects(ids, (error) => error instanceof HostFailure && error.reason === 'mismatch' && /runIds\.0/.test(error.message) && /Reload Window/.test(error.remedy ?? ''));
});

test('a call that is given up is cancelled on the wire, once, and what still comes is dropped', async () => {
  const { host, sent, receive } = wire();
  const given = new AbortController();
  const call = host.call('listRunIds', {}, given.signal);
  const done = host.call('listRunIds', {}, given.signal);
  const [first, second] = sent;
  assert.ok(first?.type === 'call' && second?.type === 'call');
  receive({ type: 'content', id: second.id, json: bytesOf({ runIds: [], truncated: false }) });
  given.abort();
  await assert.rejects(call, (error) => error instanceof HostFailure && error.reason === 'aborted');
  assert.deepEqual((await done).runIds, []);
  assert.deepEqual(sent.slice(2), [{ type: 'cancel', id: first.id }]);
  receive({ type: 'content', id: first.id, json: bytesOf({}) });
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

test('messages of others are ignored', async () => {
  const target = new EventTarget();
  const host = createHost({ postMessage: () => undefined }, target);
  const send = (data: unknown): boolean => target.dispatchEvent(new MessageEvent('message', { data }));
  const heard: unknown[] = [];
  host.onEvent((event) => heard.push(event));
  ['vscode', null, 7, { topic: 'companion' }, { type: 'another' }].forEach(send);
  // An event of that name which is no message, whatever it carries.
  target.dispatchEvent(Object.assign(new Event('message'), { data: { type: 'connection', connected: false } }));
  // What a listener throws is told after the dispatch.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  assert.deepEqual([host.connected.value, heard], [true, []]);
  send({ type: 'event', event: { topic: 'companion' } });
  assert.deepEqual(heard, [{ topic: 'companion' }]);
});

/** Resolves once the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

test('refreshes that come together load once, and one during a load runs after it', async (context) => {
  let loads = 0;
  const held: (() => void)[] = [];
  mock.timers.enable({ apis: ['setTimeout'] });
  context.after(() => {
    mock.timers.reset();
  });
  const resource = createResource(async () => {
    loads += 1;
    const mine = loads;
    await new Promise<void>((resolve) => held.push(resolve));
    return mine;
  });
  resource.refresh();
  resource.refresh();
  resource.refresh();
  // Longer than refreshes are gathered for.
  mock.timers.tick(1000);
  assert.equal(loads, 1);
  resource.refresh();
  mock.timers.tick(1000);
  assert.equal(loads, 1, 'the second one has met the running load');
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

test('a reset gives up the load that it overtakes', () => {
  const signals: AbortSignal[] = [];
  const resource = createResource((_show, signal) => {
    signals.push(signal);
    return new Promise<string>(() => undefined);
  });
  resource.reset();
  assert.equal(signals[0]?.aborted, false);
  resource.reset();
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false]);
});

test('a load of something else takes the place of the one that goes on, and what is shown stays until it is there', async () => {
  const held: ((value: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const resource = createResource<string>((_show, signal) => {
    signals.push(signal);
    return new Promise((resolve) => held.push(resolve));
  });
  resource.reset();
  held[0]?.('an hour');
  await until(() => resource.value.value === 'an hour');
  resource.replace();
  resource.replace();
  assert.deepEqual([signals.map(({ aborted }) => aborted), resource.value.value], [[true, true, false], 'an hour']);
  held[1]?.('a day');
  held[2]?.('a week');
  await until(() => resource.value.value === 'a week');
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
