import { approvalNamespace, writeApproval, type ApprovalContent } from '../contract/approvalText.ts';
import { Problem } from '../platform/errors.ts';
import { signWithSsh } from '../platform/ssh/sshSignature.ts';
import { CallFailure } from './callFailure.ts';
import { withSigningKey } from './signingKey.ts';

/**
 * Signs a yes to a promotion on this machine, as the person who sits at it.
 * @param key file of the SSH key; undefined for the one that git signs with
 * @throws CallFailure where there is no such key, it cannot sign, or ssh-keygen is missing; `aborted` when the signal was
 */
export async function signApproval(content: ApprovalContent, { key, signal }: { readonly key?: string | undefined; readonly signal?: AbortSignal } = {}): Promise<{ readonly text: string; readonly signature: string }> {
  const text = writeApproval(content);
  try {
    return { text, signature: await withSigningKey(key, (file) => signWithSsh(text, approvalNamespace, file, signal)) };
  } catch (error) {
    if (signal?.aborted === true) {
      throw new CallFailure('aborted', 'Cancelled.', { cause: error });
    }
    throw Problem.is(error) ? new CallFailure(error.reason, error.message, { field: error.field, remedy: error.remedy, cause: error }) : error;
  }
}
