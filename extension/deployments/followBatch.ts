import { setTimeout as wait } from 'node:timers/promises';
import { isOpen, type Batch } from '../../server/contract/batches.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Connection } from '../companion/connection.ts';
import { withCancel } from '../vscode/progress.ts';

const pollMilliseconds = 400;

function describe({ message, rows, rejected }: Batch): string {
  return rows === 0 ? message : `${message}: ${plural(rows, 'row')}${rejected === 0 ? '' : `, ${rejected} rejected`}`;
}

/** Shows a batch in a notification until it has ended; its button cancels the batch. The window may close meanwhile. */
export function followBatch(connection: Connection, started: Batch, title: string): Thenable<Batch> {
  return withCancel(title, async (signal, report) => {
    let percent = 0;
    let asked = false;
    for (;;) {
      const current = await connection.call('getBatch', { id: started.id });
      if (!isOpen(current)) {
        return current;
      }
      if (signal.aborted && !asked) {
        asked = true;
        await connection.call('cancelBatch', { id: started.id });
      }
      const reached = Math.max(percent, current.totalBytes === 0 ? 0 : (100 * current.bytes) / current.totalBytes);
      report(asked ? 'Cancelling' : describe(current), reached - percent);
      percent = reached;
      await wait(pollMilliseconds);
    }
  });
}
