import colors from 'picocolors';
import type { CompanionClient } from '../client/companionClient.ts';
import { isPending, promotionLink, type Promotion } from '../contract/promotions.ts';
import { formatTime } from '../contract/format/times.ts';
import { poll } from '../platform/time/poll.ts';
import { exitCodes } from './exitCodes.ts';
import { describeResults } from './gatesCommand.ts';
import { facts, short, type Output } from './output.ts';
import { exitCodeOfRollout, followRollout } from './rolloutProgress.ts';

const pollMilliseconds = 300;

/** Shows a promotion until it waits for somebody, has started its rollout, or has ended. */
async function follow(client: CompanionClient, started: Promotion, output: Output): Promise<Promotion> {
  let said = '';
  return poll(
    async () => {
      const current = await client.call('getPromotion', { id: started.id });
      const goesOn = current.state === 'judging' || current.state === 'ready';
      if (goesOn && current.message !== said) {
        said = current.message;
        output.progress(said);
      }
      return goesOn ? undefined : current;
    },
    { every: pollMilliseconds },
  );
}

/** Follows what goes on by itself to its end, says how it is then, and gives the exit code. */
export async function finishPromotion(client: CompanionClient, changed: Promotion, output: Output, detach: boolean): Promise<number> {
  if (detach) {
    output.result(changed, () => describePromotion(changed));
    return exitCodes.success;
  }
  const settled = await follow(client, changed, output);
  const rollout = settled.rollout === undefined ? undefined : await followRollout(client, await client.call('getRollout', { id: settled.rollout.id }), output);
  const shown = rollout === undefined ? settled : await client.call('getPromotion', { id: settled.id });
  output.result(shown, () => describePromotion(shown));
  return rollout === undefined ? (settled.state === 'waiting' ? exitCodes.success : exitCodes.failed) : exitCodeOfRollout(client, rollout);
}

/** How far a promotion is, in a word. */
export function stateText(promotion: Promotion): string {
  const { state, rollout } = promotion;
  const text = rollout === undefined ? state.replace('-', ' ') : `rollout ${rollout.state}`;
  return state === 'started' ? colors.green(text) : isPending(promotion) && state !== 'not-passed' ? colors.yellow(text) : colors.red(text);
}

/** A promotion with all that is known of it, for people. */
export function describePromotion(promotion: Promotion): string {
  const { id, model, version, endpoint, message, reason, requestedBy, requestedAt, release, results, approvals, breakGlass, rollout, needs } = promotion;
  return [
    facts([
      ['promotion', `${id}  ${stateText(promotion)}  ${rollout === undefined ? message : rollout.message}`],
      ['version', `${model}:${version} for ${endpoint}${release === undefined ? '' : `, release ${short(release)}`}`],
      ['asked by', `${requestedBy}, ${formatTime(requestedAt)}: ${reason}`],
      ...(isPending(promotion) ? [['link', promotionLink(id)] as const] : []),
      ...(breakGlass ? [['gates', colors.red('passed by: break-glass')] as const] : []),
      ...(needs.required === 0 || breakGlass ? [] : [['approvals', `${approvals.length} of ${needs.required}${approvals.map(({ by, reason: why, at, signed }) => `\n  ${signed === undefined ? by : `signed by ${by} (${signed.key})`}, ${formatTime(at)}: ${why}`).join('')}`] as const]),
    ]),
    ...(results.length === 0 ? [] : [describeResults(results)]),
  ].join('\n');
}
