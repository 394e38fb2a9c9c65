import path from 'node:path';
import type { ModelEntry } from '../../contract/policyFile.ts';
import type { PolicyProblem } from '../../contract/policy.ts';
import { messageOf } from '../../platform/errors.ts';
import { readAllowedSigners, type AllowedSigner } from '../../platform/ssh/allowedSigners.ts';
import { readPolicyOnDisk } from './policyOnDisk.ts';
import type { SignerTexts } from './policyTable.ts';
import type { ReadPolicy } from './readPolicyFile.ts';

/** Whose signatures count, of the texts that were taken over; nobody's where this version cannot read them. */
export function signersOf({ approvals }: ModelEntry, texts: SignerTexts): { readonly allowedSigners?: readonly AllowedSigner[] } {
  const named = approvals?.allowedSigners;
  return named === undefined ? {} : { allowedSigners: readAllowedSigners(texts[named] ?? '').signers };
}

/** What the files of allowed signers hold by now that a policy names, by their paths as it has them; and what is wrong with one of them. */
export function signerTextsOnDisk(file: string, { entries, problemAt }: ReadPolicy): { readonly signers: SignerTexts; readonly problem?: PolicyProblem } {
  const signers: Record<string, string> = {};
  for (const { name, entry } of entries) {
    const named = entry.approvals?.allowedSigners;
    if (named !== undefined) {
      const { text, problem } = look(path.resolve(path.dirname(file), named));
      if (problem !== undefined) {
        return { signers: {}, problem: problemAt(name, `allowedSigners: ${named}: ${problem}.`, 'approvals.allowedSigners') };
      }
      signers[named] = text;
    }
  }
  return { signers };
}

function look(place: string): { readonly text: string; readonly problem?: string | undefined } {
  try {
    const text = readPolicyOnDisk(place);
    return text === undefined ? { text: '', problem: 'there is no such file' } : { text, problem: readAllowedSigners(text).problem };
  } catch (error) {
    return { text: '', problem: messageOf(error).replace(/\.$/, '') };
  }
}
