import { readFile } from 'node:fs/promises';
import { companionLock, type CompanionLock } from '../contract/companion.ts';
import { lockFilePath } from '../platform/dataHome.ts';

/** Header by which `/health` says which process answers, so that a port reused by another program is not taken for the companion. */
export const companionHeader = 'x-slipway-companion';

/** The companion of a data home if one answers; undefined when there is no lock file or it is stale. */
export async function discoverCompanion(home: string): Promise<CompanionLock | undefined> {
  let text: string;
  try {
    text = await readFile(lockFilePath(home), 'utf8');
  } catch {
    return undefined;
  }
  const lock = companionLock.safeParse(safeJson(text));
  if (!lock.success) {
    return undefined;
  }
  return (await answersHealth(lock.data)) ? lock.data : undefined;
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
    const answer = await fetch(`http://127.0.0.1:${lock.port}/health`, { signal: AbortSignal.timeout(3000) });
    await answer.arrayBuffer();
    return answer.ok && answer.headers.get(companionHeader) === String(lock.pid);
  } catch {
    return false;
  }
}
