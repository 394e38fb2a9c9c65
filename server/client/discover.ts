import { readFile } from 'node:fs/promises';
import { companionLock, type CompanionLock } from '../contract/companion.ts';
import { lockFilePath } from '../platform/dataHome.ts';
import { foreignListener } from './socketOwner.ts';
import { isProof, newNonce, proofHeader } from '../platform/http/proof.ts';

/** Header by which `/health` says which process answers, so that a port reused by another program is not taken for the companion. */
export const companionHeader = 'x-slipway-companion';

/** What the lock file of a data home says, whether or not the companion that wrote it still runs; undefined when there is none that can be read. */
export async function readCompanionLock(home: string): Promise<CompanionLock | undefined> {
  try {
    return companionLock.safeParse(safeJson(await readFile(lockFilePath(home), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * The companion of a data home if one answers and stays; undefined when there is no lock file, or it is stale, or of one that is about to end. Who waits on the port of a companion that
 * is gone, of this user or another, is not taken for it: it has to prove that it knows the token, which is not sent.
 */
export async function discoverCompanion(home: string): Promise<CompanionLock | undefined> {
  const lock = await readCompanionLock(home);
  return lock !== undefined && lock.endingSince === undefined && (await answersHealth(lock)) ? lock : undefined;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answersHealth(lock: CompanionLock): Promise<boolean> {
  try {
    const nonce = newNonce();
    const answer = await fetch(`http://127.0.0.1:${lock.port}/health?nonce=${nonce}`, { signal: AbortSignal.timeout(3000), redirect: 'error' });
    await answer.arrayBuffer();
    if (!answer.ok || answer.headers.get(companionHeader) !== String(lock.pid)) {
      return false;
    }
    // One of before there were proofs is known by its user alone, where the system tells.
    return lock.proves ? isProof(answer.headers.get(proofHeader), lock.token, nonce, lock.pid, lock.port) : (await foreignListener(lock.port)) === undefined;
  } catch {
    return false;
  }
}
