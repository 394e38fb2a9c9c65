import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Problem } from '../errors.ts';
import type { AllowedSigner } from './allowedSigners.ts';
import { sshKeygen } from './sshKeygen.ts';

/** A text, and its signature in armor (PROTOCOL.sshsig of OpenSSH). */
interface Signed {
  readonly text: string;
  readonly signature: string;
}

const verifyMilliseconds = 20_000;
/** A person may have to find a passphrase, or to touch a key. */
const signMilliseconds = 180_000;

/**
 * Signs a text with `ssh-keygen -Y sign`, which asks for a passphrase and takes keys of ssh-agent as it does for git.
 * @param key file of a private key, or of a public one whose private half ssh-agent has
 * @throws Problem `invalid-input` with what ssh-keygen said
 */
export async function signWithSsh(text: string, namespace: string, key: string, signal?: AbortSignal): Promise<string> {
  const { status, output, said } = await sshKeygen(['-Y', 'sign', '-n', namespace, '-f', key], { input: text, milliseconds: signMilliseconds, signal });
  if (status !== 0) {
    throw new Problem('invalid-input', `It cannot be signed with ${key}: ${said || 'ssh-keygen refused'}`, { field: 'key', remedy: 'Name a key with --key FILE; a public key needs its private half in ssh-agent, see "ssh-add -l".' });
  }
  return output;
}

/**
 * Who has signed a text, by `ssh-keygen -Y verify` at this time.
 * @throws Problem `forbidden` where the signature is not of this text and namespace, or of none of the signers by now, saying which
 */
export async function verifySshSignature({ text, signature }: Signed, namespace: string, signers: readonly AllowedSigner[]): Promise<AllowedSigner> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-signature-'));
  try {
    const file = path.join(folder, 'signature');
    await writeFile(file, signature);
    const given = ['-n', namespace, '-s', file];
    const checked = await sshKeygen(['-Y', 'check-novalidate', ...given], { input: text, milliseconds: verifyMilliseconds });
    const key = /\bkey (SHA256:\S+)/.exec(checked.output)?.[1];
    if (checked.status !== 0 || key === undefined) {
      throw new Problem('forbidden', `The signature is not of this text: the text was changed after it was signed, or it was signed for something else (${checked.said || 'ssh-keygen refused'}).`, { field: 'signed' });
    }
    const lines = signers.filter((signer) => signer.key === key);
    let why = '';
    for (const signer of lines) {
      const allowed = path.join(folder, 'allowed');
      await writeFile(allowed, `${signer.line}\n`);
      const { status, said } = await sshKeygen(['-Y', 'verify', '-f', allowed, '-I', signer.principal, ...given], { input: text, milliseconds: verifyMilliseconds });
      if (status === 0) {
        return signer;
      }
      why = `The key ${key} of ${signer.principal} does not count: ${said.replaceAll(`${allowed}:1: `, '') || 'ssh-keygen refused'}.`;
    }
    throw new Problem('forbidden', lines.length === 0 ? `The key ${key} is of none of the allowed signers: ${[...new Set(signers.map(({ principal }) => principal))].join(', ') || 'nobody'}.` : why, { field: 'signed' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
