import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import { createAlertTable } from '../../../server/alerts/alertTable.ts';
import type { AlertMessage } from '../../../server/alerts/channels/channel.ts';
import { channelOf } from '../../../server/alerts/channels/channels.ts';
import { notifierOf } from '../../../server/alerts/channels/desktop.ts';
import { createChannelTable } from '../../../server/alerts/channelTable.ts';
import { createDelivery, secretName } from '../../../server/alerts/delivery.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { prepareHome } from '../../../server/platform/home.ts';
import { createSecretFile } from '../../../server/platform/secrets/secretFile.ts';
import { defaultTiming } from '../../../server/platform/timing.ts';
import { openContext } from '../../harness/companionContext.ts';
import { until } from '../../harness/until.ts';

interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A server of another, which keeps what it got. */
class Receiver {
  readonly got: Got[] = [];
  status = 200;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.got.push({ path: request.url ?? '', headers: request.headers, text: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(this.status, { location: '/elsewhere' }).end('said');
    });
  });
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
  /** What came last, as JSON. */
  last(): unknown {
    return JSON.parse(this.got.at(-1)?.text ?? assert.fail('nothing came'));
  }
}

const at = Date.UTC(2026, 10, 30, 12);
const message: AlertMessage = {
  event: 'firing', key: 'slipway host churn 7 1', endpoint: 'churn', severity: 'critical', title: '10% of 1,000 requests failed <!channel>', openedAt: at, resolvedAt: null,
  alerts: [
    { rule: 'error-rate', summary: '10% of 1,000 requests failed <!channel>', severity: 'critical', firedAt: at, resolvedAt: null, owner: 'payments', runbook: 'https://wiki.example.com/churn' },
    { rule: 'latency', summary: 'p99 is 2 s', severity: 'warning', firedAt: at, resolvedAt: at + 60_000, owner: '', runbook: '' },
  ],
  suspects: ['version 8 went live 4 min before, in place of version 7', 'plan: 3% in 1 new category'],
};
const time = z.iso.datetime();

/** What the receivers document, strictly: a field that they do not know is a mistake. */
const contracts: Readonly<Record<string, { readonly values: Readonly<Record<string, string>>; readonly schema: z.ZodType }>> = {
  slack: {
    values: {},
    schema: z.strictObject({ text: z.string().min(1), blocks: z.array(z.strictObject({ type: z.literal('section'), text: z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(3000), verbatim: z.boolean() }) })).max(50) }),
  },
  pagerduty: {
    values: { routingKey: 'r'.repeat(32) },
    schema: z.strictObject({
      routing_key: z.string().length(32),
      event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
      dedup_key: z.string().max(255),
      client: z.string(),
      payload: z.strictObject({ summary: z.string().max(1024), source: z.string(), severity: z.enum(['critical', 'error', 'warning', 'info']), timestamp: time, component: z.string(), group: z.string(), class: z.string(), custom_details: z.record(z.string(), z.unknown()) }),
    }),
  },
  opsgenie: {
    values: { apiKey: 'key' },
    schema: z.union([
      z.strictObject({
        message: z.string().min(1).max(130), alias: z.string().max(512), description: z.string().max(15_000), tags: z.array(z.string().max(50)).max(20), details: z.record(z.string(), z.string()), entity: z.string().max(512), source: z.string().max(100),
        priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']),
      }),
      z.strictObject({ source: z.string().max(100), note: z.string().max(25_000) }),
    ]),
  },
  ntfy: { values: { topic: 'mine', token: 'tk' }, schema: z.strictObject({ topic: z.literal('mine'), title: z.string(), message: z.string().max(4096), priority: z.number().int().min(1).max(5), tags: z.array(z.string()) }) },
  alertmanager: {
    values: { token: 'tk' },
    schema: z.strictObject({
      version: z.literal('4'), groupKey: z.string(), truncatedAlerts: z.number(), status: z.enum(['firing', 'resolved']), receiver: z.string(), groupLabels: z.record(z.string(), z.string()), commonLabels: z.record(z.string(), z.string()), commonAnnotations: z.record(z.string(), z.string()), externalURL: z.string(),
      alerts: z.array(z.strictObject({ status: z.enum(['firing', 'resolved']), labels: z.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string()), annotations: z.record(z.string(), z.string()), startsAt: time, endsAt: time, generatorURL: z.string(), fingerprint: z.string().regex(/^[0-9a-f]{16}$/) })).min(1),
    }),
  },
};

describe('channels', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-channels-'));
  const receiver = new Receiver();
  const home = prepareHome(path.join(folder, 'home'));
  const context = { ...openContext(home), timing: { ...defaultTiming, alertGroup: 50, alertRetry: [10, 20] as const } };
  const { database } = context;
  const alerts = createAlertTable(database);
  const table = createChannelTable(database);
  const secrets = createSecretFile(home.secrets);
  const delivery = createDelivery(context, table, alerts, secrets, {
    answerOf: () => ({ owner: '', runbook: '' }),
    detailOf: (incident) => Promise.resolve({ ...incident, alerts: [], timeline: [], suspects: { from: 0, to: at, found: [{ kind: 'release', name: '', text: `version 8 of ${incident.endpoint}` }], more: 0 } }),
  });
  const { signal } = new AbortController();
  let url = '';
  before(async () => {
    url = await receiver.open();
    context.jobs.start();
  });
  beforeEach(() => {
    receiver.got.length = 0;
    receiver.status = 200;
  });
  after(async () => {
    await context.jobs.stop();
    database.close();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const send = (kind: string, told: AlertMessage, values: Readonly<Record<string, string>> = {}): Promise<void> => (channelOf(kind) ?? assert.fail(kind)).send(told, { url, ...values }, signal, () => undefined);

  for (const [kind, { values, schema }] of Object.entries(contracts)) {
    it(`${kind} gets what it documents, firing, resolved and as a test`, async () => {
      for (const told of [message, { ...message, event: 'resolved', resolvedAt: at + 1 }, { ...message, event: 'test', alerts: [] }] as const) {
        await send(kind, told, values);
        const result = schema.safeParse(receiver.last());
        assert.ok(result.success, JSON.stringify(result.error?.issues));
      }
    });
  }

  it('say what belongs together and what has ended', async () => {
    await send('pagerduty', message, { routingKey: 'key' });
    await send('pagerduty', { ...message, event: 'resolved', resolvedAt: at }, { routingKey: 'key' });
    const [first, second] = receiver.got.map(({ text }) => z.object({ event_action: z.string(), dedup_key: z.string() }).parse(JSON.parse(text)));
    assert.deepEqual([first?.event_action, second?.event_action, first?.dedup_key], ['trigger', 'resolve', second?.dedup_key]);
    await send('opsgenie', message, { apiKey: 'key' });
    await send('opsgenie', { ...message, event: 'resolved', resolvedAt: at }, { apiKey: 'key' });
    const [opened, closed] = receiver.got.slice(-2);
    assert.deepEqual([opened?.path, closed?.path, opened?.headers.authorization], ['/hook/v2/alerts', `/hook/v2/alerts/${encodeURIComponent(message.key)}/close?identifierType=alias`, 'GenieKey key']);
    await send('alertmanager', message, { token: 'tk' });
    assert.equal(receiver.got.at(-1)?.headers.authorization, 'Bearer tk');
    assert.deepEqual(z.object({ alerts: z.array(z.object({ status: z.string() })) }).parse(receiver.last()).alerts.map(({ status }) => status), ['firing', 'resolved']);
    await send('slack', message);
    assert.ok(!(receiver.got.at(-1)?.text ?? '').includes('<!'), 'a text of others mentions nobody');
  });

  it('name what it may come from and who looks after a rule, where somebody has said', async () => {
    for (const kind of ['slack', 'opsgenie', 'ntfy', 'alertmanager', 'pagerduty', 'webhook']) {
      await send(kind, message, contracts[kind]?.values);
      const { text } = receiver.got.at(-1) ?? assert.fail();
      assert.ok(text.includes('payments') && text.includes('https://wiki.example.com/churn') && text.includes('plan: 3% in 1 new category'), `${kind}: ${text}`);
    }
  });

  it('sign a webhook so that its receiver can check it', async () => {
    await send('webhook', message, { secret: 'hush' });
    const { headers, text } = receiver.got.at(-1) ?? assert.fail();
    assert.equal(headers['x-slipway-signature'], `sha256=${createHmac('sha256', 'hush').update(`${String(headers['x-slipway-timestamp'])}.${text}`).digest('hex')}`);
    assert.deepEqual(JSON.parse(text), message);
    await send('webhook', message);
    assert.equal(receiver.got.at(-1)?.headers['x-slipway-signature'], undefined);
  });

  it('tell what is worth another try from what is not, and follow nobody elsewhere', async () => {
    const reasonOf = (sent: Promise<void>): Promise<string> => sent.then(() => 'none', (error: unknown) => (Problem.is(error) ? error.reason : String(error)));
    for (const [status, reason] of [[500, 'unavailable'], [429, 'unavailable'], [404, 'invalid-input'], [302, 'invalid-input']] as const) {
      receiver.status = status;
      assert.equal(await reasonOf(send('webhook', message)), reason, String(status));
    }
    assert.equal(receiver.got.length, 4);
    assert.equal(await reasonOf(send('webhook', message, { url: 'file:///etc/passwd' })), 'invalid-input');
    assert.equal(await reasonOf(send('webhook', message, { url: 'http://127.0.0.1:1/' })), 'unavailable');
  });

  it('give texts to the notifier of each system as arguments, not as a part of a script', () => {
    const hostile = { ...message, title: '--help"; $(touch /tmp/x) end run' };
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const { args, environment = {} } = notifierOf(platform, hostile);
      const whole = [...args, ...Object.values(environment)].filter((text) => text.includes('touch'));
      assert.deepEqual(whole, [`[FIRING] churn: ${hostile.title}`]);
    }
    assert.equal(notifierOf('linux', hostile).args.at(-3), '--');
  });

  it('are told an incident once, later when they are away, and its end only when they were told of it', async () => {
    secrets.set(secretName('hook', 'secret'), 'hush-hush');
    table.put({ name: 'hook', kind: 'webhook', fields: { url }, minimumSeverity: 'warning', endpoints: ['churn'] });
    const raise = (rule: 'error-rate' | 'latency', endpoint: string, severity: 'info' | 'critical'): { readonly incident: number; readonly id: number } =>
      database.transaction(() => {
        const alert = alerts.add({ endpoint, rule, severity, summary: `${rule} of ${endpoint}`, value: 1, threshold: 1 }, Date.now());
        const incident = alerts.fire(alert, Date.now());
        delivery.tell(incident);
        return { incident, id: alert.id };
      })();
    const events = (): string[] => receiver.got.map(({ text }) => z.object({ event: z.string(), alerts: z.array(z.object({ rule: z.string() })) }).parse(JSON.parse(text))).map(({ event, alerts: told }) => `${event} ${told.map(({ rule }) => rule).join(' ')}`);
    const quiet = (): Promise<void> => until(() => delivery.stateOf('hook').waiting === 0);

    receiver.status = 503;
    const first = raise('error-rate', 'churn', 'critical');
    raise('latency', 'churn', 'critical');
    const waits = database.prepare<[], { waits: number }>("SELECT due_at - created_at AS waits FROM jobs WHERE state = 'waiting'").all();
    assert.ok(waits.length === 1 && (waits[0]?.waits ?? 0) > 40, JSON.stringify(waits));
    await until(() => receiver.got.length >= 2);
    assert.match(delivery.stateOf('hook').last?.failure ?? '', /answered 503/);
    receiver.status = 200;
    await quiet();
    assert.deepEqual([...new Set(events())], ['firing error-rate latency'], 'what fires together is one message');
    assert.deepEqual(z.object({ suspects: z.array(z.string()) }).parse(receiver.last()).suspects, ['version 8 of churn']);
    receiver.got.length = 0;
    delivery.tell(first.incident);
    await quiet();
    assert.deepEqual(events(), [], 'nothing new');
    database.transaction(() => {
      alerts.close(first.incident, Date.now());
      delivery.tell(first.incident);
    })();
    await quiet();
    assert.deepEqual(events(), ['resolved error-rate latency']);

    receiver.got.length = 0;
    raise('error-rate', 'other', 'critical');
    const mild = raise('error-rate', 'churn', 'info');
    await quiet();
    assert.deepEqual(events(), [], 'too mild, and of another endpoint');
    alerts.close(mild.incident, Date.now());
    delivery.tell(mild.incident);
    await quiet();
    assert.deepEqual(events(), []);
    assert.ok(!readFileSync(home.database).includes('hush-hush') && !JSON.stringify(database.prepare('SELECT * FROM jobs').all()).includes('hush'), 'no secret lies in the database');
    assert.equal((await Promise.allSettled([delivery.test(table.get('hook') ?? assert.fail(), signal)]))[0]?.status, 'fulfilled');
    assert.deepEqual(events(), ['test ']);
  });
});
