import { createHash } from 'node:crypto';

/** A person whose signatures count, by one key. */
export interface AllowedSigner {
  /** As it stands in the file. What vouches for a signature is this very line: a changed one, such as with another end, is another signer. */
  readonly line: string;
  readonly principal: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly key: string;
}

interface ReadSigners {
  readonly signers: readonly AllowedSigner[];
  /** What is wrong with it, first of all, with the number of its line and nothing of what stands there; then nobody counts. */
  readonly problem?: string;
}

/** Principals, options, type of the key, key: "ALLOWED SIGNERS" in ssh-keygen(1). */
const linePattern = /^(?:"(?<quoted>[^"]+)"|(?<plain>[^\s"]+))\s+(?:(?<options>(?:"[^"]*"|[^\s"])+)\s+)?(?<type>(?:ssh|ecdsa|sk)-[\w@.-]+)\s+(?<blob>[A-Za-z0-9+/]+=*)(?:\s.*)?$/;
const mostCharacters = 65_536;
const mostName = 200;

/**
 * Reads a file of allowed signers as OpenSSH has it, of which each line has to name one person and that person's own key: a pattern, several names, an authority for certificates, or a
 * key under two names would leave open who has signed.
 */
export function readAllowedSigners(text: string): ReadSigners {
  if (text.length > mostCharacters) {
    return { signers: [], problem: `it has more than ${mostCharacters} characters` };
  }
  const signers: AllowedSigner[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) {
      continue;
    }
    const read = readLine(line);
    const problem = typeof read === 'string' ? read : signers.some(({ key, principal }) => key === read.key && principal !== read.principal) ? 'has the key of another line under another name' : undefined;
    if (typeof read === 'string' || problem !== undefined) {
      return { signers: [], problem: `line ${index + 1} ${problem ?? ''}` };
    }
    signers.push(read);
  }
  return signers.length === 0 ? { signers, problem: 'it names nobody' } : { signers };
}

/** The signer of one line of such a file; undefined where it is none. */
export function signerOfLine(line: string): AllowedSigner | undefined {
  const read = readLine(line);
  return typeof read === 'string' ? undefined : read;
}

/** @returns what is wrong, as the end of a sentence about the line */
function readLine(line: string): AllowedSigner | string {
  const groups: Partial<Record<string, string>> = linePattern.exec(line)?.groups ?? {};
  const principal = groups['quoted'] ?? groups['plain'];
  const blob = groups['blob'] ?? '';
  if (principal === undefined || !isKey(blob, groups['type'] ?? '')) {
    return 'is no name followed by an SSH public key';
  }
  if (/[*?!,]/.test(principal) || principal.length > mostName || /\p{C}/u.test(principal)) {
    return 'names several people or a pattern: it has to name one person, under whose name the signature counts';
  }
  if (/(?:^|,)cert-authority(?:,|$)/i.test(groups['options'] ?? '')) {
    return 'is an authority for certificates: it has to be the key of one person';
  }
  return { line, principal, key: fingerprint(blob) };
}

/** A public key begins with the length of its type and the type (RFC 4253, 6.6). */
function isKey(blob: string, type: string): boolean {
  const bytes = Buffer.from(blob, 'base64');
  return bytes.length > 4 + type.length && bytes.readUInt32BE(0) === type.length && bytes.toString('latin1', 4, 4 + type.length) === type;
}

function fingerprint(blob: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
