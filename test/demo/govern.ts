import { z } from 'zod';
import { createCompanionClient, type CompanionClient } from '../../server/client/companionClient.ts';
import { discoverCompanion } from '../../server/client/discover.ts';
import { describeResults } from '../../server/cli/gatesCommand.ts';
import { isPending, promotion as promotionSchema, type Promotion } from '../../server/contract/promotions.ts';
import { poll } from '../../server/platform/time/poll.ts';
import type { DemoFolder } from './folder.ts';
import { demoHome } from './home.ts';
import { slipway, type CommandOptions } from './slipway.ts';
import { hold, type Transcript } from './transcript.ts';

const polling = { every: 200 } as const;

export interface GovernSetting {
  readonly folder: DemoFolder;
  readonly endpoint: string;
  readonly python: string;
  /** A version that is good, and one that is not. */
  readonly good: number;
  readonly bad: number;
  readonly client: CompanionClient;
  readonly command: CommandOptions;
  readonly transcript: Transcript;
}

/** What the policy of the demo says; `more` follows below the model. */
export function policyText(python: string, more: readonly string[] = []): string {
  return [
    'models:',
    '  churn:',
    '    tier: standard',
    '    owners: [ana@example.com]',
    '    evaluation: { file: holdout.csv, label: churned }',
    '    gates:',
    '      metric: { metric: accuracy, minimum: 0.7 }',
    '      change: { metric: accuracy, maximumLoss: 0.03 }',
    '    approvals: { required: 1 }',
    '    rollout: { steps: [50], stepSeconds: 2, rehearse: 100, checks: { minimumRequests: 5 } }',
    ...more,
    '    retraining:',
    '      notebook: churn.ipynb',
    `      python: ${JSON.stringify(python)}`,
    '      parameters: { regularization: 0.5 }',
    '      triggers: { drift: true }',
    '',
  ].join('\n');
}

/** A policy of tier standard; a version that a gate refuses, and one that a second person approves and that goes live by the plan of the policy. */
export async function demonstrateGovernance({ folder, endpoint, python, good, bad, client, command, transcript }: GovernSetting): Promise<Promotion> {
  transcript.step('Say what the model needs: a policy of tier standard');
  const file = folder.policy(policyText(python));
  transcript.command('slipway policy --apply slipway.yaml');
  await slipway(['policy', '--apply', file], z.unknown(), command);
  transcript.lines(policyText('python'));

  transcript.step(`Ask for version ${bad} to go to production: a gate refuses it`);
  const refused = await judged(client, await request(bad, 'cheaper to explain: fewer weights', endpoint, command, transcript));
  transcript.lines(describeResults(refused.results));
  const change = refused.results.find(({ gate }) => gate === 'change');
  hold(refused.state === 'not-passed' && change?.state === 'failed', `Version ${bad} was not refused: ${refused.message}`);
  hold((await client.call('getEndpoint', { name: endpoint })).liveVersion === 1, 'The refused version is live.');
  transcript.command(`slipway promotion reject ${refused.id} --reason "it is worse than what is live"`);
  await slipway(['promotion', 'reject', String(refused.id), '--reason', 'it is worse than what is live'], promotionSchema, command);

  transcript.step(`Ask for version ${good}: its gates pass, a second person approves, and it is rolled out`);
  const passed = await judged(client, await request(good, 'as good as what is live, with smaller weights', endpoint, command, transcript));
  transcript.lines(describeResults(passed.results));
  hold(passed.state === 'waiting' && passed.release !== undefined, `Version ${good} does not wait for approval: ${passed.message}`);
  transcript.held(passed.message);
  const lock = await discoverCompanion(demoHome);
  hold(lock !== undefined, 'The companion does not answer.');
  const bob = createCompanionClient(lock, { user: 'bob', program: 'command line' });
  await bob.call('approvePromotion', { id: passed.id, release: passed.release, reason: 'figures looked at, callers know' });
  transcript.held(`bob, who has not asked for it, says yes to release ${passed.release.slice(0, 12)}: its rollout starts`);
  const promoted = await poll(async () => {
    const now = await client.call('getPromotion', { id: passed.id });
    const goesOn = isPending(now) || ['running', 'held'].includes(now.rollout?.state ?? '');
    return goesOn ? undefined : now;
  }, polling);
  hold(promoted.rollout?.state === 'succeeded', `It was not rolled out: ${promoted.rollout?.message ?? promoted.message}`);
  hold((await client.call('getEndpoint', { name: endpoint })).liveVersion === good, `Version ${good} is not live.`);
  transcript.held(`version ${good} is live, by the plan of the policy`);
  return promoted;
}

async function request(version: number, reason: string, endpoint: string, command: CommandOptions, transcript: Transcript): Promise<Promotion> {
  transcript.command(`slipway promotion request churn:${version} --reason "${reason}"`);
  return slipway(['promotion', 'request', `churn:${version}`, '--endpoint', endpoint, '--reason', reason, '--detach'], promotionSchema, command);
}

function judged(client: CompanionClient, { id }: Promotion): Promise<Promotion> {
  return poll(async () => {
    const now = await client.call('getPromotion', { id });
    return now.state === 'judging' ? undefined : now;
  }, polling);
}
