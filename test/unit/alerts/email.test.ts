import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import express, { Router } from 'express';
import { createAlertTable } from '../../../server/alerts/alertTable.ts';
import type { AlertMessage } from '../../../server/alerts/channels/channel.ts';
import { email } from '../../../server/alerts/channels/email.ts';
import { mountChannelRoutes } from '../../../server/alerts/channelRoutes.ts';
import { createChannelTable } from '../../../server/alerts/channelTable.ts';
import { createDelivery } from '../../../server/alerts/delivery.ts';
import { auditKeyOf } from '../../../server/governance/auditKey.ts';
import { createAuditLog } from '../../../server/governance/auditLog.ts';
import { Problem } from '../../../server/platform/errors.ts';
import { prepareHome } from '../../../server/platform/home.ts';
import { answerFailure } from '../../../server/platform/http/failure.ts';
import { silentLog } from '../../../server/platform/log.ts';
import { createSecretFile } from '../../../server/platform/secrets/secretFile.ts';
import { defaultTiming } from '../../../server/platform/timing.ts';
import { openContext } from '../../harness/companionContext.ts';
import { MailServer, type MailServerOptions } from '../../harness/mail/mailServer.ts';
import { readMail, type ReadMail } from '../../harness/mail/readMail.ts';
import { until } from '../../harness/until.ts';

const at = Date.UTC(2026, 10, 30, 12);
const message: AlertMessage = {
  event: 'firing', key: 'slipway host churn 7 1', endpoint: 'churn', severity: 'critical', title: '10% of 1,000 requests failed', openedAt: at, resolvedAt: null,
  alerts: [{ rule: 'error-rate', summary: '10% of 1,000 requests failed', severity: 'critical', firedAt: at, resolvedAt: null, owner: 'payments', runbook: 'https://wiki.example.com/churn' }],
};
const people = { from: 'slipway@example.com', to: 'team@example.com, you@example.com' };
const login = { user: 'slipway', password: 'hush-hush' };

describe('e-mail', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-email-'));
  const ca = path.join(folder, 'cert.pem');
  const servers: MailServer[] = [];
  const { signal } = new AbortController();
  before(() => {
    for (const [out, names] of [[ca, 'DNS:localhost,IP:127.0.0.1'], [path.join(folder, 'other.pem'), 'DNS:localhost,IP:127.0.0.1'], [path.join(folder, 'elsewhere.pem'), 'DNS:mail.example.com']] as const) {
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', `subjectAltName=${names}`, '-keyout', out.replace('.pem', '.key'), '-out', out], { stdio: 'ignore' });
    }
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.close()));
    rmSync(folder, { recursive: true, force: true });
  });
  const open = async (options: MailServerOptions = {}): Promise<{ readonly server: MailServer; readonly port: string }> => {
    const server = new MailServer(options);
    servers.push(server);
    return { server, port: await server.open() };
  };
  const certificate = (file = ca): { readonly key: string; readonly cert: string } => ({ key: readFileSync(file.replace('.pem', '.key'), 'utf8'), cert: readFileSync(file, 'utf8') });
  const send = (values: Readonly<Record<string, string>>, told: AlertMessage = message, page?: string): Promise<void> => email.send(told, { host: '127.0.0.1', security: 'none', ...people, ...values }, signal, () => page);
  const failureOf = async (sent: Promise<void>): Promise<string> => {
    const error: unknown = await sent.then(() => assert.fail('it was taken'), (failure: unknown) => failure);
    assert.ok(error instanceof Problem, String(error));
    assert.ok(!`${error.message} ${error.remedy}`.includes(login.password), 'no message has the password');
    return [error.reason, error.field ?? '-', error.remedy ?? '-'].join(' | ');
  };
  const only = (headers: ReadMail['headers'], name: string): string => {
    const found = headers.filter(([each]) => each === name);
    assert.equal(found.length, 1, `${name}: ${JSON.stringify(headers)}`);
    return found[0]?.[1] ?? '';
  };

  it('says what the other channels say, to all, and has the page of the incident', async () => {
    const { server, port } = await open();
    await send({ port }, message, '<!doctype html><title>Incident 7: churn</title><p>Grüße');
    const [got] = server.got;
    assert.deepEqual([got?.from, got?.to, got?.user, got?.isSecure], ['slipway@example.com', ['team@example.com', 'you@example.com'], undefined, false]);
    const { headers, parts } = readMail(got?.raw ?? '');
    assert.equal(only(headers, 'subject'), '[FIRING] churn: 10% of 1,000 requests failed');
    assert.equal(only(headers, 'from'), 'Slipway <slipway@example.com>');
    assert.equal(only(headers, 'to'), 'team@example.com, you@example.com');
    assert.equal(only(headers, 'auto-submitted'), 'auto-generated');
    assert.equal(only(headers, 'x-priority').charAt(0), '1');
    assert.deepEqual(parts.map(({ type }) => type), ['text/plain', 'text/html']);
    assert.deepEqual(parts[0]?.text.trim().split(/\r?\n/), ['[FIRING] churn: 10% of 1,000 requests failed', 'critical · error-rate: 10% of 1,000 requests failed (owner: payments, runbook: https://wiki.example.com/churn)']);
    assert.equal(parts[1]?.text.trim(), '<!doctype html><title>Incident 7: churn</title><p>Grüße');
  });

  it('is the same message when it comes again, and stands in one thread with the end of its incident', async () => {
    const { server, port } = await open();
    for (const told of [message, message, { ...message, event: 'resolved', resolvedAt: at + 1 }, { ...message, key: 'another' }] as const) {
      await send({ port }, told);
    }
    const [first, again, end, other] = server.got.map(({ raw }) => {
      const { headers, parts } = readMail(raw);
      assert.deepEqual(parts.map(({ type }) => type), ['text/plain'], 'no page, no part for it');
      return { id: only(headers, 'message-id'), thread: only(headers, 'references'), answers: only(headers, 'in-reply-to') };
    });
    assert.deepEqual(again, first);
    assert.notEqual(end?.id, first?.id);
    assert.deepEqual([end?.thread, end?.answers], [first?.thread, first?.thread]);
    assert.notEqual(other?.thread, first?.thread);
    assert.match(first?.id ?? '', /^<[0-9a-f]{32}@example\.com>$/);
  });

  it('takes no header and nobody more from the names and texts of others', async () => {
    const { server, port } = await open();
    const evil = 'x\r\nBcc: evil@example.com\r\n\r\n<b>body</b>\u2028\0';
    await send({ port }, { ...message, endpoint: evil, title: `${evil} ${'long '.repeat(200)}`, key: evil, alerts: message.alerts.map((alert) => ({ ...alert, rule: evil, summary: `.\r\n${evil}` })) });
    const [got] = server.got;
    assert.deepEqual(got?.to, ['team@example.com', 'you@example.com']);
    const { headers, parts } = readMail(got?.raw ?? '');
    assert.ok(!headers.some(([name]) => name === 'bcc'), JSON.stringify(headers));
    assert.match(only(headers, 'subject'), /^\[FIRING\] x Bcc: evil@example\.com <b>body<\/b> : x Bcc:/);
    assert.deepEqual(parts.map(({ type }) => type), ['text/plain']);
    const problem = await failureOf(send({ port, to: 'you@example.com\r\nBcc: evil@example.com' }));
    assert.match(problem, /^invalid-input \| to\.1 /);
    assert.match(await failureOf(send({ port, from: 'a@example.com>\r\nRCPT TO:<evil@example.com' })), /^invalid-input \| from /);
    assert.equal(server.got.length, 1);
  });

  it('goes with a login over STARTTLS and over TLS from the beginning, to a server whose certificate is trusted', async () => {
    for (const [security, secure] of [['starttls', false], ['tls', true]] as const) {
      const { server, port } = await open({ login, certificate: certificate(), secure });
      await send({ port, security, ca, ...login });
      assert.deepEqual(server.got.map(({ user, isSecure }) => [user, isSecure]), [['slipway', true]], security);
      assert.match(await failureOf(send({ port, security, ca, ...login, password: 'wrong' })), /^invalid-input \| password \| Check user and password/, security);
      for (const trusted of [{}, { ca: path.join(folder, 'other.pem') }]) {
        assert.match(await failureOf(send({ port, security, ...trusted, ...login })), /^invalid-input \| ca \| .*authority/, security);
      }
      assert.match(await failureOf(send({ port, security, ca })), /^invalid-input \| host \| /, `${security}, without the login that it wants`);
      assert.equal(server.got.length, 1);
      const elsewhere = path.join(folder, 'elsewhere.pem');
      const { port: another } = await open({ certificate: certificate(elsewhere), secure });
      assert.match(await failureOf(send({ port: another, security, ca: elsewhere })), /^invalid-input \| ca \| Address it by the name in its certificate/, `${security}, of another name`);
    }
  });

  it('is never sent openly, nor without its login, where it was to go otherwise', async () => {
    const { server, port } = await open();
    assert.match(await failureOf(send({ port, security: 'starttls' })), /^invalid-input \| security \| Set security to tls/);
    assert.match(await failureOf(send({ port, security: 'tls' })), /^invalid-input \| security \| Set security to starttls/);
    assert.match(await failureOf(send({ port, ...login })), /^invalid-input \| password \| /);
    assert.match(await failureOf(send({ port, user: 'slipway' })), /^invalid-input \| password \| /);
    assert.match(await failureOf(send({ port, host: 'mail.example.com', ...login })), /^invalid-input \| security \| /);
    assert.match(await failureOf(send({ port, security: 'starttls', ca: path.join(folder, 'none.pem') })), /^invalid-input \| ca \| /);
    assert.deepEqual(server.got, []);
  });

  it('tells what is worth another try from what is not', async () => {
    const { server, port } = await open();
    for (const [refused, code, reason] of [['data', 451, 'unavailable'], ['data', 554, 'invalid-input'], ['team@example.com', 450, 'unavailable'], ['team@example.com', 550, 'invalid-input']] as const) {
      server.refusals.set(refused, code);
      assert.equal((await failureOf(send({ port, to: 'team@example.com' }))).split(' ')[0], reason, `${refused} ${code}`);
      server.refusals.clear();
    }
    assert.match(await failureOf(send({ port: '1' })), /^unavailable/);
    assert.deepEqual(server.got, []);
  });

  it('ends with who asked for it, also in the middle of TLS', async () => {
    const { server, port } = await open({ certificate: certificate() });
    server.isSilent = true;
    const ending = new AbortController();
    const sent = failureOf(email.send(message, { host: 'localhost', port, security: 'starttls', ca, ...people }, ending.signal, () => undefined));
    await until(() => server.heard === 1);
    ending.abort();
    assert.match(await sent, /^unavailable/);
  });

  it('refuses settings that cannot work when they are given, and names them', () => {
    const good = { host: 'smtp.example.com', ...people };
    email.check?.(good);
    email.check?.({ ...good, security: 'tls', port: '465', user: 'me', to: 'root@localhost; you@example.com', ca });
    for (const [field, value] of [['host', 'smtp.example.com/x'], ['port', '70000'], ['port', 'smtp'], ['security', 'ssl'], ['from', 'Slipway <a@example.com>'], ['to', ' , '], ['ca', 'cert.pem']] as const) {
      assert.throws(() => email.check?.({ ...good, [field]: value }), (error: unknown) => Problem.is(error, 'invalid-input') && error.field === field && error.message.startsWith(`${field}: `), `${field}=${value}`);
    }
  });

  it('is added by a call, which refuses what cannot work; its end is told to those who were told, where one of them is refused for good', async () => {
    const { server, port } = await open({ login, certificate: certificate() });
    const home = prepareHome(path.join(folder, 'home'));
    const context = { ...openContext(home), timing: { ...defaultTiming, alertGroup: 1, alertRetry: [10, 20] as const } };
    const alerts = createAlertTable(context.database);
    const table = createChannelTable(context.database);
    const secrets = createSecretFile(home.secrets);
    const delivery = createDelivery(context, table, alerts, secrets, { answerOf: () => ({ owner: '', runbook: '' }), detailOf: (incident) => Promise.resolve({ ...incident, alerts: [], timeline: [], suspects: null }) });
    const router = Router();
    mountChannelRoutes(router, { database: context.database, table, delivery, secrets, audit: createAuditLog(context.database, auditKeyOf(randomBytes(32))) });
    const door = createServer(express().use(express.json(), router, answerFailure(silentLog)));
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    const call = async (where: string, body: object): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${(door.address() as AddressInfo).port}/alert-channels${where}`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close' }, body: JSON.stringify(body) });
      return `${answer.status} ${await answer.text()}`;
    };
    const fields = { host: '127.0.0.1', port, ca, ...login, ...people };
    context.jobs.start();
    try {
      const refused = await call('', { name: 'mail', kind: 'email', fields: { ...fields, port: 'smtp' } });
      assert.match(refused, /^400 .*"field":"port"/);
      assert.equal(table.get('mail'), undefined);
      const added = await call('', { name: 'mail', kind: 'email', fields });
      assert.match(added, /^200 .*"kind":"email"/);
      assert.ok(!added.includes(login.password) && !JSON.stringify(table.all()).includes(login.password), 'the password is a secret');
      assert.match(await call('/mail/test', {}), /^200 /);
      assert.deepEqual(server.got.splice(0).map(({ user, raw }) => [user, only(readMail(raw).headers, 'subject')]), [['slipway', '[TEST] test: This is a test of Slipway: incidents are told here.']]);
      server.refusals.set('you@example.com', 550);
      const incident = context.database.transaction(() => {
        const fired = alerts.fire(alerts.add({ endpoint: 'churn', rule: 'error-rate', severity: 'critical', summary: 'errors', value: 1, threshold: 1 }, Date.now()), Date.now());
        delivery.tell(fired);
        return fired;
      })();
      await until(() => delivery.stateOf('mail').last !== null);
      assert.match(delivery.stateOf('mail').last?.failure ?? '', /does not take mail for you@example\.com/);
      assert.equal(delivery.stateOf('mail').waiting, 0, 'another try would come to the same');
      alerts.close(incident, Date.now());
      delivery.tell(incident);
      await until(() => server.got.length === 2);
      const told = server.got.map(({ to, raw }) => [to.join(), only(readMail(raw).headers, 'subject'), readMail(raw).parts[1]?.text.includes(`<h1>Incident ${incident}: churn</h1>`)]);
      assert.deepEqual(told, [['team@example.com', '[FIRING] churn: errors', true], ['team@example.com', '[RESOLVED] churn: errors', true]]);
    } finally {
      await context.jobs.stop();
      door.close();
      context.database.close();
    }
  });
});
