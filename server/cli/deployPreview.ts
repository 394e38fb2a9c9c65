import colors from 'picocolors';
import type { DeployPreview } from '../contract/deployPreview.ts';
import { deployPreviewText } from '../contract/deployPreviewText.ts';
import { exitCodes } from './exitCodes.ts';
import { facts } from './output.ts';

/** For the help of `slipway deploy`. */
export const dryRunExits = `\nExit code of --dry-run: ${exitCodes.success} it would be taken, ${exitCodes.refused} it would be refused or fail before the traffic moves, ${exitCodes.unavailable} only because a part does not answer or the disk is full.\n`;

export function exitCodeOfPreview({ refusals }: DeployPreview): number {
  if (refusals.length === 0) {
    return exitCodes.success;
  }
  return refusals.every(({ reason }) => reason === 'unavailable' || reason === 'disk-full') ? exitCodes.unavailable : exitCodes.refused;
}

/** What a deploy would do, as lines. */
export function describeDeployPreview(preview: DeployPreview): string {
  const { subject, refusals, facts: known, changes } = deployPreviewText(preview);
  return [
    `${refusals.length === 0 ? colors.green('would be taken') : colors.red('would be refused')} ${subject}. Nothing was changed.`,
    ...refusals.map((refusal) => `  ${refusal}`),
    facts(known),
    ...(changes === undefined ? [] : [changes.from, ...changes.lines.map((line) => `  ${line}`)]),
  ].join('\n');
}
