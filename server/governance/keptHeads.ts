import type { AuditProblem } from '../contract/governance.ts';
import type { DataHome } from '../platform/home.ts';
import { readKeptHead } from './auditHead.ts';
import { readCopiedHeads, type CopiedHeads } from './headCopies.ts';
import type { KeptElsewhere } from './verifyAudit.ts';

/** The heads that are kept outside of the database, and what is wrong with where they are kept. */
export interface KeptHeads {
  readonly kept: readonly KeptElsewhere[];
  readonly problems: readonly AuditProblem[];
  readonly notes: readonly string[];
}

const restoring = 'If you have removed it yourself, say so, which the log then keeps: "slipway backup now.db", then "slipway restore now.db".';

/**
 * Reads the file beside the database, and the copy where there is one.
 * @param copy file of the setting `auditHeadCopy`; empty where there is none
 * @param expected a head that somebody has
 */
export async function readKeptHeads(home: Pick<DataHome, 'auditHead'>, copy: string, expected?: KeptElsewhere['head']): Promise<KeptHeads> {
  const beside = readKeptHead(home);
  const copied: CopiedHeads = copy === '' ? { heads: [] } : await readCopiedHeads(copy);
  return {
    kept: [
      ...(typeof beside === 'string' ? [] : [{ head: beside, by: home.auditHead }]),
      ...copied.heads.map((head) => ({ head, by: copy })),
      ...(expected === undefined ? [] : [{ head: expected, by: '--expect' }]),
    ],
    problems:
      beside === 'missing'
        ? [{ kind: 'head-missing', message: `${home.auditHead} is gone, which says how far the log goes: entries may be cut off.`, remedy: restoring }]
        : beside === 'unreadable'
          ? [{ kind: 'head-unreadable', message: `${home.auditHead} does not hold what Slipway wrote there: entries may be cut off.`, remedy: restoring }]
          : [],
    notes: copied.failure === undefined ? [] : [`The heads in ${copy} cannot be read (${copied.failure}): the log is not compared with them.`],
  };
}
