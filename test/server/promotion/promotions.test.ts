import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import type { CallInput } from '../../../server/contract/api.ts';
import { promotion, type Promotion } from '../../../server/contract/promotions.ts';
import { localUser } from '../../../server/platform/caller.ts';
import { commandLine } from '../../harness/commandLine.ts';
import { until } from '../../harness/until.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';

const gates = '    gates: {integrity: {maximumDuplicates: 0}}\n';
const planned = '    rollout: {kind: blue-green, rehearse: 0, watchSeconds: 0}\n';
const policyOf = (approvals: string, more = ''): string => `models:\n  rule:\n${planned}${more}    approvals: {${approvals}}\n`;

describe('promotions', () => {
  let home: PreparedHome;
  const outside = realpathSync(mkdtempSync(path.join(tmpdir(), 'slipway-promotions-')));
  const file = path.join(outside, 'slipway.yaml');
  before(async () => {
    home = await openPreparedHome();
    await home.start();
  });
  after(async () => {
    await home.close();
    rmSync(outside, { recursive: true, force: true });
  });
  const as = (user: string): CompanionClient => createCompanionClient(home.client().lock, { user, program: 'command line' });
  const get = async (id: number): Promise<Promotion> => home.client().call('getPromotion', { id });
  const becomes = async (id: number, state: Promotion['state']): Promise<Promotion> => {
    await until(async () => (await get(id)).state === state);
    return get(id);
  };
  const adopt = async (text: string): Promise<void> => {
    writeFileSync(file, text);
    const { problem } = await home.client().call('adoptPolicy', { file });
    assert.equal(problem, undefined);
  };
  const approve = async (user: string, { id, release = '' }: Promotion): Promise<Promotion> => as(user).call('approvePromotion', { id, release, reason: 'the figures are right' });
  const request = async (input: Partial<CallInput<'requestPromotion'>> & Pick<CallInput<'requestPromotion'>, 'version'>): Promise<Promotion> => as('ada').call('requestPromotion', { model: 'rule', reason: 'trained on newer rows', ...input });
  const live = async (): Promise<string | undefined> => (await home.client().call('getEndpoint', { name: 'rule' })).liveRelease;

  it('bring the very release that was judged and approved to production, over a crash', async () => {
    const { versions } = home;
    await adopt(policyOf(`required: 1, from: [bob, ${localUser()}]`, gates));
    await assert.rejects(home.client().call('deploy', { name: 'rule', model: 'rule', version: versions.steady }), (error) => CallFailure.is(error, 'forbidden') && error.remedy?.includes(`slipway promotion request rule:${versions.steady} --endpoint rule`) === true);
    const cli = commandLine(home.root);
    const asked = await cli.json(['promotion', 'request', `rule:${versions.steady}`, '--reason', 'the first of its kind']);
    const judged = promotion.parse(asked.value);
    assert.deepEqual([asked.code, judged.state, judged.endpoint, judged.results.map(({ gate, state }) => [gate, state])], [1, 'not-passed', 'rule', [['integrity', 'not-evaluated']]]);
    await assert.rejects(request({ version: versions['steady:1'] }), (error) => CallFailure.is(error, 'conflict') && error.message.includes(`Promotion ${judged.id}`));
    await assert.rejects(approve('bob', judged), (error) => CallFailure.is(error, 'conflict'));
    await as('ada').call('waiveGate', { model: 'rule', version: versions.steady, gate: 'integrity', reason: 'it has no training file', until: Date.now() + 3_600_000 });
    await becomes(judged.id, 'waiting');
    await home.kill();
    await home.start();
    await assert.rejects(approve('dora', judged), (error) => CallFailure.is(error, 'forbidden') && error.message.includes('bob'));
    await assert.rejects(approve(judged.requestedBy, judged), (error) => CallFailure.is(error, 'forbidden') && /somebody else/.test(error.message));
    await assert.rejects(approve('bob', { ...judged, release: '0'.repeat(64) }), (error) => CallFailure.is(error, 'conflict') && error.field === 'release');
    await approve('bob', judged);
    const started = await becomes(judged.id, 'started');
    const rollout = await home.rollout(started.rollout?.id ?? assert.fail(JSON.stringify(started)), ({ state }) => state === 'succeeded');
    assert.deepEqual([rollout.strategy.kind, rollout.to, await live()], ['blue-green', judged.release, judged.release]);
    assert.match((await cli.run(['promotion', 'show', String(judged.id)])).stdout, /rollout succeeded[^]*1 of 1\n +bob, .*: the figures are right/);
    const { entries } = await home.client().call('listAudit', { subject: 'rule', limit: 100 });
    const of = entries.filter(({ action }) => action.startsWith('promotion.')).map(({ action, actor, detail }) => [action, actor, detail['approvedBy'] ?? detail['release'] ?? detail['version']]);
    assert.deepEqual(of, [['promotion.started', judged.requestedBy, ['bob']], ['promotion.approved', 'bob', judged.release], ['promotion.requested', judged.requestedBy, versions.steady]]);
  });

  it('count no approval for what was judged beside another release, and break-glass opens an incident', async () => {
    const { versions } = home;
    await adopt(policyOf('required: 2'));
    const waiting = await becomes((await request({ version: versions['steady:1'] })).id, 'waiting');
    await approve('bob', waiting);
    const glass = await request({ version: versions['steady:2'], breakGlass: true, reason: 'prices are wrong, orders are lost' });
    const started = await becomes(glass.id, 'started');
    await home.rollout(started.rollout?.id ?? assert.fail(), ({ state }) => state === 'succeeded');
    const [incident] = (await home.client().call('listIncidents', { endpoint: 'rule' })).incidents;
    assert.deepEqual([incident?.severity, incident?.state], ['critical', 'open']);
    assert.match(incident?.title ?? '', /^ada brought version \d+ of rule to production past gates and approvals: prices are wrong, orders are lost$/);
    await becomes(waiting.id, 'void');
    await until(async () => (await get(waiting.id)).endedAt !== undefined);
    await assert.rejects(approve('carl', waiting), (error) => CallFailure.is(error, 'conflict'));
    const back = await as('ada').call('rollBack', { name: 'rule' });
    await home.rollout(back.rollout.id, ({ state }) => state === 'succeeded');
    assert.equal((await get(waiting.id)).state, 'void', 'it stays so when the release of then is live again');
    const { alerts } = await home.client().call('resolveIncident', { id: incident?.id ?? 0 });
    assert.deepEqual(alerts.map(({ rule, state }) => [rule, state]), [['break-glass', 'resolved']]);
  });

  it('expire, are rejected, and go on when the policy asks for less', async () => {
    const { versions } = home;
    await adopt(policyOf('required: 1, expiresHours: 0.000001'));
    const late = await becomes((await request({ version: versions['steady:1'] })).id, 'expired');
    await assert.rejects(approve('bob', { ...late, release: 'f'.repeat(64) }), (error) => CallFailure.is(error, 'conflict') && /waits for no approval/.test(error.message));
    await adopt(policyOf('required: 1'));
    const unwanted = await becomes((await request({ version: versions['steady:1'] })).id, 'waiting');
    const rejected = await as('bob').call('rejectPromotion', { id: unwanted.id, reason: 'the weakest slice is too weak' });
    assert.deepEqual([rejected.state, rejected.message], ['rejected', 'bob has said no: the weakest slice is too weak']);
    const last = await becomes((await request({ version: versions['steady:1'] })).id, 'waiting');
    await adopt(policyOf('required: 0'));
    const started = await becomes(last.id, 'started');
    const { to } = await home.rollout(started.rollout?.id ?? assert.fail(), ({ state }) => state === 'succeeded');
    assert.equal(to, last.release);
    const asks = (allowBreaking: boolean): string => policyOf('required: 1', `    gates: {schema: {allowBreaking: ${allowBreaking}}}\n`);
    await adopt(asks(false));
    const judged = await becomes((await request({ version: versions.steady })).id, 'waiting');
    await adopt(asks(true));
    const other = await becomes(judged.id, 'not-passed');
    assert.deepEqual(other.results.map(({ state, message }) => [state, message]), [['not-evaluated', 'The policy asks for something else since; run the gates again.']]);
    await assert.rejects(approve('bob', judged), (error) => CallFailure.is(error, 'conflict') && /Not passed: schema/.test(error.message));
    await adopt(asks(false));
    await becomes(judged.id, 'waiting');
    await as('bob').call('rejectPromotion', { id: judged.id, reason: 'the rules changed' });
    const { promotions } = await home.client().call('listPromotions', { model: 'rule' });
    assert.deepEqual(promotions.map(({ state }) => state), ['rejected', 'started', 'rejected', 'expired', 'started', 'void', 'started']);
  });
});
