import colors from 'picocolors';
import type { DeployPreview } from '../contract/deployPreview.ts';
import { differenceText } from '../contract/differenceText.ts';
import { plural } from '../contract/format/plural.ts';
import { strategyText } from '../contract/strategyText.ts';
import { exitCodes } from './exitCodes.ts';
import { facts, short } from './output.ts';

/** For the help of `slipway deploy`. */
export const dryRunExits = `\nExit code of --dry-run: ${exitCodes.success} it would be taken, ${exitCodes.refused} it would be refused or fail before the traffic moves, ${exitCodes.unavailable} only because a part does not answer or the disk is full.\n`;

export function exitCodeOfPreview({ refusals }: DeployPreview): number {
  if (refusals.length === 0) {
    return exitCodes.success;
  }
  return refusals.every(({ reason }) => reason === 'unavailable' || reason === 'disk-full') ? exitCodes.unavailable : exitCodes.refused;
}

function environmentText({ environment }: DeployPreview): string {
  switch (environment.kind) {
    case 'reused':
      return `${short(environment.sha256)} is there: Python ${environment.python} with ${plural(environment.packages, 'package')}`;
    case 'built':
      return `${short(environment.sha256)} is built: Python ${environment.python} with ${plural(environment.packages, 'package')}`;
    case 'not-resolved':
      return `resolved and built by the deploy. ${environment.why}`;
    case 'unknown':
      return environment.name;
  }
}

const strategySources: Readonly<Record<string, string>> = { policy: ', by the policy of the model', default: ', as nobody says otherwise' };

/** What a deploy would do, as lines. */
export function describeDeployPreview(preview: DeployPreview): string {
  const { endpoint, model, version, targetLabel, replicaCount, release, known, live, breaking, consequences, differences, strategy, strategyFrom, steps, refusals } = preview;
  const verdict = refusals.length === 0 ? colors.green('would be taken') : colors.red('would be refused');
  return [
    `${verdict} Version ${version} of ${model} on ${endpoint} (${targetLabel}, ${plural(replicaCount, 'replica')}). Nothing was changed.`,
    ...refusals.map(({ message, remedy }) => `  ${message}${remedy === undefined ? '' : ` ${remedy}`}`),
    facts([
      ['release', release === undefined ? 'known once its packages are resolved' : `${short(release)}${known ? ', packaged before' : ', new'}`],
      ['environment', environmentText(preview)],
      ['callers', live === undefined ? 'there are none yet' : breaking.length === 0 ? 'no input or answer changes for them' : breaking.join('; ')],
      ['rollout', `${strategyText(strategy)}${strategySources[strategyFrom] ?? ''}: ${steps.map(({ label }) => label).join(', ')}`],
      ...consequences.map((text, place) => [place === 0 ? 'comes to' : '', text] as const),
    ]),
    ...(live === undefined ? [] : [`From version ${live.modelVersion} (${short(live.release)}):`, ...(differences.length === 0 ? ['  nothing that is known differs'] : differences.map((difference) => `  ${differenceText(difference)}`))]),
  ].join('\n');
}
