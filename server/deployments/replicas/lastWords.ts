import type { Targets } from '../targets/targets.ts';
import type { ReplicaRecord } from './replicaTable.ts';

const lastLines = 12;

/** What a replica said last, as a sentence that begins with a blank; empty where it said nothing. */
export async function lastWords(replica: ReplicaRecord, targets: Targets): Promise<string> {
  const lines = await targets.of(replica.target).logs(replica, lastLines).catch(() => []);
  // The model server names its own errors (server/python/slipway_server/log.py); else the last lines have to do.
  const named = lines.flatMap((line) => / error \S+ message="(.*)"$/.exec(line)?.[1] ?? []).at(-1);
  if (named !== undefined) {
    return ` ${named}`;
  }
  return lines.length === 0 ? '' : ` Its last lines:\n${lines.join('\n')}`;
}
