import { approvalFields, approvalNamespace, approvalOf, readApproval } from '../contract/approvalText.ts';
import type { Approval, Promotion } from '../contract/promotions.ts';
import { formatTime } from '../contract/format/times.ts';
import type { Policy } from '../governance/policy/modelPolicy.ts';
import { Problem } from '../platform/errors.ts';
import type { AllowedSigner } from '../platform/ssh/allowedSigners.ts';
import { verifySshSignature } from '../platform/ssh/sshSignature.ts';

export type SignedText = Pick<NonNullable<Approval['signed']>, 'text' | 'signature'>;

interface Verified {
  readonly signer: AllowedSigner;
  readonly signed: NonNullable<Approval['signed']>;
}

/** How far the clock of another machine may be ahead. */
const aheadMilliseconds = 300_000;

/**
 * Verifies a signed yes: its text is about this promotion as it is and says what the caller says, and one of the allowed signers of the policy has signed it.
 * @throws Problem `invalid-input` for a text that is no approval, `conflict` for one about something else, `forbidden` for a signature that does not count
 */
export async function verifyApproval(promotion: Promotion, { text, signature }: SignedText, { release, reason }: { readonly release: string; readonly reason: string }, policy: Policy): Promise<Verified> {
  const content = readApproval(text);
  if (content === undefined) {
    throw new Problem('invalid-input', 'signed.text: is no approval as "slipway promotion approval" writes it', { field: 'signed.text', remedy: `Write it with "slipway promotion approval ${promotion.id} --reason TEXT --out FILE", and sign that file as it is.` });
  }
  const wanted = approvalOf(promotion, release, reason, content.time);
  const other = approvalFields.find((field) => content[field] !== wanted[field]);
  if (other !== undefined) {
    throw new Problem('conflict', `What was signed is about the ${other} ${JSON.stringify(content[other])}, not ${JSON.stringify(wanted[other])}.`, { field: 'signed.text', remedy: `Sign anew: slipway promotion approve ${promotion.id} --sign --reason TEXT.` });
  }
  if (content.time > Date.now() + aheadMilliseconds) {
    throw new Problem('invalid-input', `signed.text: it was signed ${formatTime(content.time)}, which is still to come`, { field: 'signed.text', remedy: 'Set the clock of the machine that signs.' });
  }
  if (policy.allowedSigners.length === 0) {
    throw new Problem('forbidden', `The policy of ${promotion.model} names no allowedSigners by which a signature could be verified.`, { field: 'signed', remedy: 'Name a file of them below "approvals" in slipway.yaml, or approve without a signature.' });
  }
  const signer = await verifySshSignature({ text, signature }, approvalNamespace, policy.allowedSigners);
  return { signer, signed: { text, signature, signer: signer.line, key: signer.key } };
}
