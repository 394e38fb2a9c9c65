import { z } from 'zod';
import { mostAllowable, type Allowance } from '../../contract/allowances.ts';
import { importName } from '../../contract/servingConfig.ts';
import type { Targets } from '../targets/targets.ts';
import type { ReplicaRecord } from './replicaTable.ts';

const lastLines = 12;

/** What a replica said last. */
export interface LastWords {
  /** As a sentence that begins with a blank; empty where it said nothing. */
  readonly text: string;
  /** What a person may allow so that it does not end for it again. */
  readonly allowable: readonly Allowance[];
}

export async function lastWords(replica: ReplicaRecord, targets: Targets): Promise<LastWords> {
  return wordsOf(await targets.of(replica.target).logs(replica, lastLines).catch(() => []));
}

const refusedImports = z.array(z.object({ file: z.string(), name: importName, why: z.string() })).max(mostAllowable);

/** What the last lines of a replica say. The model server names its own errors (server/python/slipway_server/log.py); else the lines have to do. */
export function wordsOf(lines: readonly string[]): LastWords {
  const named = lines.flatMap((line) => / error \S+ message="(.*)"$/.exec(line)?.[1] ?? []).at(-1);
  if (named === undefined) {
    return { text: lines.length === 0 ? '' : ` Its last lines:\n${lines.join('\n')}`, allowable: [] };
  }
  const imports = lines.flatMap((line) => / info allowable imports="(.*)"$/.exec(line)?.[1] ?? []).at(-1);
  return { text: ` ${named}`, allowable: imports === undefined ? [] : importsIn(imports) };
}

/** The model has had the chance to write into the log too: what cannot be read says nothing. */
function importsIn(escaped: string): Allowance[] {
  try {
    return refusedImports.parse(JSON.parse(escaped.replaceAll('\\\\', '\\'))).map((each) => ({ kind: 'import', ...each }));
  } catch {
    return [];
  }
}
