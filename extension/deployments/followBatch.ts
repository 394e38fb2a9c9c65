import { isOpen, type Batch } from '../../server/contract/batches.ts';
import { plural } from '../../server/contract/format/plural.ts';
import type { Connection } from '../companion/connection.ts';
import { followWork } from '../vscode/followWork.ts';

function describe({ message, rows, rejected }: Batch): string {
  return rows === 0 ? message : `${message}: ${plural(rows, 'row')}${rejected === 0 ? '' : `, ${rejected} rejected`}`;
}

/** Shows a batch in a notification until it has ended; its button cancels the batch. The window may close meanwhile. */
export function followBatch(connection: Connection, { id }: Batch, title: string): Thenable<Batch> {
  return followWork({
    title,
    read: () => connection.call('getBatch', { id }),
    goesOn: isOpen,
    cancel: () => connection.call('cancelBatch', { id }),
    describe,
    percent: ({ bytes, totalBytes }) => (totalBytes === 0 ? 0 : (100 * bytes) / totalBytes),
  });
}
