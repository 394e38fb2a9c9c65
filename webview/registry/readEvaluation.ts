import type { PanelParts } from '../ui/mount.tsx';
import { readTable } from '../ui/tables.ts';
import { scoredRows, type ScoredRows } from './evaluation.ts';

/** Tables that are read in search of rows with scores. */
const mostTables = 6;

/** The evaluation rows that a run has logged; null for a run without. */
export async function readEvaluation(host: PanelParts<'registry'>['host'], runId: string | undefined, signal: AbortSignal): Promise<ScoredRows | null> {
  const { runs } = runId === undefined ? { runs: [] } : await host.call('listRunArtifacts', { runIds: [runId] }, signal);
  const tables = runs.flatMap(({ files }) => files.filter(({ kind }) => kind === 'table')).sort((a, b) => Number(/eval/i.test(b.path)) - Number(/eval/i.test(a.path)));
  for (const { path } of tables.slice(0, mostTables)) {
    const content = await host.call('readRunArtifact', { runId: runId ?? '', path }, signal);
    const table = content.kind === 'text' ? readTable(path, content.text) : undefined;
    const found = table === undefined ? undefined : scoredRows(path, table);
    if (found !== undefined) {
      return found;
    }
  }
  return null;
}
