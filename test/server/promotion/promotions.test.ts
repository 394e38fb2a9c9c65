import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallFailure } from '../../../server/client/callFailure.ts';
import { createCompanionClient, type CompanionClient } from '../../../server/client/companionClient.ts';
import type { CallInput } from '../../../server/contract/api.ts';
import { approvalOf, writeApproval } from '../../../server/contract/approvalText.ts';
import { promotion, type Promotion } from '../../../server/contract/promotions.ts';
import { localUser } from '../../../server/platform/caller.ts';
import { commandLine } from '../../harness/commandLine.ts';
import { until } from '../../harness/until.ts';
import { openPreparedHome, type PreparedHome } from '../deployments/preparedHome.ts';

const gates = '    gates: {integrity: {maximumDuplicates: 0}}\n';
const planned = '    rollout: {kind: blue-green, rehearse: 0, watchSeconds: 0}\n';
const noSshKeygen = process.env['SLIPWAY_TEST_SSH_KEYGEN'] === undefined ? 'ssh-keygen is not installed' : false;

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

  it('count signed approvals alone, by the allowed signers that were taken over, whatever is changed: the text, the key, its end, the file', { skip: noSshKeygen }, async () => {
    const { versions } = home;
    const keyOf = (name: string): { readonly file: string; readonly publicKey: string } => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path.join(outside, name)]);
      return { file: path.join(outside, name), publicKey: readFileSync(path.join(outside, `${name}.pub`), 'utf8').trim() };
    };
    const [bob, carl, eve] = [keyOf('bob'), keyOf('carl'), keyOf('eve')];
    const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', `${bob.file}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? assert.fail();
    const signers = path.join(outside, 'allowed');
    const allow = (...lines: readonly string[]): void => writeFileSync(signers, `# who may sign\n${lines.join('\n')}\n`);
    const bobs = `bob@example.com ${bob.publicKey}`;
    const signedPolicy = policyOf('required: 2, signed: true, allowedSigners: allowed');
    allow(bobs, `carl@example.com valid-before="20200101" ${carl.publicKey}`, `ada@example.com ${eve.publicKey}`);
    await adopt(signedPolicy);
    const { id, release = '' } = await becomes((await request({ version: versions['steady:2'] })).id, 'waiting');
    const found = await get(id);
    assert.match(found.message, /^Waits for 2 signed approvals of others than ada/);
    const sign = (text: string, key: string, namespace = 'slipway-approval'): string => execFileSync('ssh-keygen', ['-Y', 'sign', '-n', namespace, '-f', key], { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    const reason = 'the figures are right';
    const text = writeApproval(approvalOf(found, release, reason, Date.now()));
    const send = async (signed: { readonly text: string; readonly signature: string }): Promise<Promotion> => as('mallory').call('approvePromotion', { id, release, reason, signed });
    const refuses = async (signed: { readonly text: string; readonly signature: string }, why: 'forbidden' | 'conflict' | 'invalid-input', says: RegExp): Promise<void> => assert.rejects(send(signed), (error) => CallFailure.is(error, why) && says.test(error.message));

    await assert.rejects(approve('bob', found), (error) => CallFailure.is(error, 'forbidden') && error.field === 'signed' && error.remedy?.includes(`slipway promotion approve ${id} --sign`) === true);
    const other = writeApproval(approvalOf(found, '0'.repeat(64), reason, Date.now()));
    await refuses({ text: other, signature: sign(other, bob.file) }, 'conflict', /is about the release "0000/);
    const later = writeApproval(approvalOf(found, release, reason, Date.now() + 3_600_000));
    await refuses({ text: later, signature: sign(later, bob.file) }, 'invalid-input', /still to come/);
    const otherTime = writeApproval(approvalOf(found, release, reason, Date.now() - 1000));
    await refuses({ text: otherTime, signature: sign(text, bob.file) }, 'forbidden', /not of this text: .*incorrect signature/);
    await refuses({ text, signature: sign(text, bob.file, 'git') }, 'forbidden', /not of this text: .*namespace/);
    await refuses({ text: `${text}\n`, signature: sign(`${text}\n`, bob.file) }, 'invalid-input', /is no approval/);
    await refuses({ text, signature: sign(text, carl.file) }, 'forbidden', /of carl@example\.com does not count: key has expired/);
    await refuses({ text, signature: sign(text, eve.file) }, 'forbidden', /^ada@example\.com has asked for it/);
    allow(bobs);
    await adopt(signedPolicy);
    await refuses({ text, signature: sign(text, eve.file) }, 'forbidden', /is of none of the allowed signers: bob@example\.com\./);

    // Whoever writes into the folder weakens nothing.
    allow(bobs, `eve@example.com ${eve.publicKey}`);
    await refuses({ text, signature: sign(text, eve.file) }, 'forbidden', /is of none of the allowed signers/);
    const states = async (): Promise<readonly string[]> => (await home.client().call('listPolicies', {})).policies.map(({ state }) => state);
    assert.deepEqual(await states(), ['changed']);
    allow('*@example.com ssh-ed25519 AAAA');
    assert.match((await home.client().call('adoptPolicy', { file })).problem?.message ?? '', /^allowedSigners: allowed: line 2 is no name followed by an SSH public key\.$/);
    assert.deepEqual(await states(), ['broken']);
    allow(bobs, `carl@example.com ${carl.publicKey}`);
    await adopt(signedPolicy);
    assert.deepEqual(await states(), ['same']);

    // The command line signs with the key that git signs with; what it sends is what counts, not the name that it states.
    const config = path.join(outside, 'gitconfig');
    writeFileSync(config, `[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ${bob.publicKey}\n`);
    const cli = commandLine(home.root, { GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: '1', SSH_AUTH_SOCK: '' });
    const withoutAgent = await cli.run(['promotion', 'approve', String(id), '--sign', '--reason', reason], { cwd: outside });
    assert.equal(withoutAgent.code, 2, withoutAgent.stderr);
    assert.match(withoutAgent.stderr, /No private key found/);
    writeFileSync(config, `[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ${bob.file}.pub\n`);
    const missing = await cli.run(['promotion', 'approve', String(id), '--sign', '--key', bob.file, '--reason', reason], { environment: { PATH: outside } });
    assert.equal(missing.code, 5, missing.stderr);
    assert.match(missing.stderr, /ssh-keygen was not found.*[^]*apt install openssh-client/);
    const approved = promotion.parse((await cli.json(['promotion', 'approve', String(id), '--sign', '--reason', reason], { cwd: outside })).value);
    assert.deepEqual(approved.approvals.map(({ by, signed }) => [by, signed?.key]), [['bob@example.com', fingerprint]]);
    await refuses({ text, signature: sign(text, bob.file) }, 'forbidden', /^bob@example\.com has approved it already/);
    assert.match((await cli.run(['promotion', 'show', String(id)])).stdout, new RegExp(`1 of 2\n +signed by bob@example\\.com \\(${fingerprint.replaceAll('+', '\\+')}\\), .*: the figures are right`));
    const { entries } = await home.client().call('listAudit', { subject: 'rule', limit: 1 });
    assert.deepEqual(entries.map(({ action, detail }) => [action, detail['signedBy'], detail['key']]), [['promotion.approved', 'bob@example.com', fingerprint]]);

    // A file of it travels, and is verified without a companion.
    const [written, elsewhere] = [path.join(outside, 'approval.txt'), commandLine(path.join(outside, 'no-home'))];
    assert.equal((await cli.run(['promotion', 'approval', String(id), '--out', written])).code, 0);
    const verified = await elsewhere.json(['promotion', 'verify', written, '--allowed-signers', signers]);
    assert.partialDeepStrictEqual(verified, { code: 0, value: { promotion: id, endpoint: 'rule', model: 'rule', version: versions['steady:2'], release, requester: 'ada', reason, signedBy: 'bob@example.com', key: fingerprint } });
    writeFileSync(written, readFileSync(written, 'utf8').replace(`version: ${versions['steady:2']}`, `version: ${versions.steady}`));
    const tampered = await elsewhere.run(['promotion', 'verify', written, '--allowed-signers', signers]);
    assert.equal(tampered.code, 4, tampered.stderr);
    assert.match(tampered.stderr, /not of this text/);

    // A signature that was made elsewhere, and a policy that vouches for its key no longer.
    const yes = path.join(outside, 'yes.txt');
    assert.equal((await cli.run(['promotion', 'approval', String(id), '--reason', 'the slices are right', '--out', yes])).code, 0);
    execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'slipway-approval', '-f', carl.file, yes], { stdio: 'ignore' });
    allow(`bob@example.com ${eve.publicKey}`, `carl@example.com ${carl.publicKey}`);
    await adopt(signedPolicy);
    assert.deepEqual((await get(id)).approvals, []);
    allow(bobs, `carl@example.com ${carl.publicKey}`);
    await adopt(signedPolicy);
    const sent = await cli.run(['promotion', 'approve', String(id), '--signature', `${yes}.sig`, '--detach']);
    assert.equal(sent.code, 0, sent.stderr);
    const started = await becomes(id, 'started');
    assert.deepEqual(started.approvals.map(({ by, reason: why }) => [by, why]), [['bob@example.com', reason], ['carl@example.com', 'the slices are right']]);
    await home.rollout(started.rollout?.id ?? assert.fail(), ({ state }) => state === 'succeeded');
  });
});
