import type { CompanionEvent } from '../../server/contract/events.ts';
import type { CellResults } from '../../server/contract/notebooks.ts';

/**
 * Whether an event changes what the cells of a notebook led to.
 * @param file path of the notebook
 * @param results what its cells are known to have led to
 */
export function concernsNotebook(event: CompanionEvent, file: string, results: Iterable<CellResults>): boolean {
  switch (event.topic) {
    case 'capture':
      return event.notebook === file;
    case 'run':
      return event.notebook === file || [...results].some(({ runs }) => runs.some(({ runId }) => runId === event.runId));
    default:
      return false;
  }
}
