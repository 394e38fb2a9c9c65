import { env, window } from 'vscode';
import { z } from 'zod';
import { CallFailure } from '../../server/client/callFailure.ts';
import { signApproval } from '../../server/client/signApproval.ts';
import { approvalOf } from '../../server/contract/approvalText.ts';
import { shortDigest } from '../../server/contract/format/digests.ts';
import { formatAge } from '../../server/contract/format/durations.ts';
import { isPending, promotionLink, type Promotion } from '../../server/contract/promotions.ts';
import type { App, AppCommands } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { withCancel } from '../vscode/progress.ts';
import { askText, type Choice, chosen, pickOne } from '../vscode/prompts.ts';
import { checkReason, requestPromotion } from './requestPromotion.ts';
import { runGates } from './runGates.ts';

const promotionSubject = z.object({ id: z.number().int() });

function toChoice(one: Promotion): Choice<number> {
  const { id, model, version, endpoint, rollout, state, requestedAt, requestedBy, reason } = one;
  return {
    label: `${id}: ${model} version ${version} to ${endpoint}`,
    description: `${rollout === undefined ? state.replace('-', ' ') : `rollout ${rollout.state}`}, ${formatAge(requestedAt)}`,
    detail: `${requestedBy}: ${reason}`,
    icon: isPending(one) ? 'debug-pause' : 'verified',
    group: isPending(one) ? 'Waiting' : 'Started or ended',
    value: id,
  };
}

/** The promotion that a command was called on, else the one that the user picks: those that wait first. */
async function promotionOf({ connection }: App, subject: unknown, title: string): Promise<number | undefined> {
  const given = subjectAs(promotionSubject, subject)?.id;
  if (given !== undefined) {
    return given;
  }
  const { promotions } = await connection.call('listPromotions', {});
  if (promotions.length === 0) {
    void window.showInformationMessage('There is no promotion yet. "Slipway: Promote Version" asks for one.');
    return undefined;
  }
  return chosen(await pickOne({ title, placeholder: 'Which promotion?' }, promotions.toSorted((a, b) => Number(isPending(b)) - Number(isPending(a))).map(toChoice)));
}

async function openPromotion(app: App, subject: unknown): Promise<void> {
  const id = await promotionOf(app, subject, 'Slipway: Open Promotion');
  if (id !== undefined) {
    app.panels.open({ panel: 'promotion', id });
  }
}

async function copyLink(app: App, subject: unknown): Promise<void> {
  const id = await promotionOf(app, subject, 'Slipway: Copy Link to Promotion');
  if (id !== undefined) {
    const link = promotionLink(id, env.uriScheme);
    await env.clipboard.writeText(link);
    window.setStatusBarMessage(`Copied ${link}`, 5000);
  }
}

/** Says yes with the SSH key that git signs with: whoever has that key is then the one who approves. */
async function signPromotion(app: App, subject: unknown): Promise<void> {
  const title = 'Slipway: Sign Approval';
  const id = await promotionOf(app, subject, title);
  if (id === undefined) {
    return;
  }
  const promotion = await app.connection.call('getPromotion', { id });
  const { release, model, version, endpoint, message } = promotion;
  if (release === undefined) {
    throw new CallFailure('conflict', `Promotion ${id} has no release yet: ${message}`);
  }
  const prompt = `Why does release ${shortDigest(release)} of ${model} version ${version} go to ${endpoint}? Your yes is signed with the SSH key that git signs with.`;
  const reason = chosen(await askText({ title, prompt, placeholder: 'For those who look at it later', check: checkReason }))?.trim();
  if (reason === undefined) {
    return;
  }
  await withCancel(`Signing the approval of promotion ${id}`, async (signal) => {
    const signed = await signApproval(approvalOf(promotion, release, reason, Date.now()), { signal });
    await app.connection.call('approvePromotion', { id, release, reason, signed });
  });
  app.panels.open({ panel: 'promotion', id });
}

export const promotionCommands: AppCommands = {
  'slipway.requestPromotion': { doing: 'asking for a promotion', needsTrust: true, run: requestPromotion },
  'slipway.openPromotion': { doing: 'opening a promotion', run: openPromotion },
  'slipway.signApproval': { doing: 'signing an approval', needsTrust: true, run: signPromotion },
  'slipway.copyPromotionLink': { doing: 'copying a link', run: copyLink },
  'slipway.runGates': { doing: 'running the gates of a version', needsTrust: true, run: runGates },
};
