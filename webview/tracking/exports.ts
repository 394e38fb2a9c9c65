import type { Run } from '../../server/contract/tracking.ts';
import { csvOf, latexOf, markdownOf, type CopiedCell, type CopiedHead } from '../ui/tableText.ts';
import type { Field } from './field.ts';
import type { Grouping } from './groups.ts';

type ExportColumn = Pick<Field, 'id' | 'kind' | 'key' | 'name' | 'linked' | 'numeric' | 'text' | 'raw' | 'best'>;

/** The columns of an export: what the runs are grouped by, unless the table shows it, then what the table shows. */
export function exportColumns(fields: readonly Field[], groupedBy: readonly Grouping[]): readonly ExportColumn[] {
  const shown = new Set(fields.map(({ id }) => id));
  const groups = groupedBy.filter(({ id }) => !shown.has(id)).map(({ id, label, valueOf, show }): ExportColumn => {
    const raw = (run: Run): string => valueOf(run) ?? '';
    return { id, kind: 'run', key: label, name: label, linked: false, numeric: false, text: (run) => (raw(run) === '' ? '' : show(raw(run))), raw, best: new Set() };
  });
  return [...groups, ...fields];
}

function headOf(fields: readonly ExportColumn[]): CopiedHead[] {
  return fields.map(({ name, numeric }) => ({ text: name, numeric }));
}

function cellsOf(runs: readonly Run[], fields: readonly ExportColumn[]): CopiedCell[][] {
  return runs.map((run) => fields.map((field) => ({ text: field.text(run), best: field.best.has(run.runId) })));
}

/** A Markdown table with the values as shown; the best value of a metric is bold. */
export function toMarkdown(runs: readonly Run[], fields: readonly ExportColumn[]): string {
  return markdownOf(headOf(fields), cellsOf(runs, fields));
}

/** A LaTeX table with the values as shown; the best value of a metric is bold. */
export function toLatex(runs: readonly Run[], fields: readonly ExportColumn[]): string {
  return latexOf(headOf(fields), cellsOf(runs, fields));
}

/** RFC 4180 with exact values; the run's id comes first. */
export function toCsv(runs: readonly Run[], fields: readonly ExportColumn[]): string {
  const header = fields.map((field) => (field.kind === 'run' ? field.key : `${field.linked ? 'linked.' : ''}${field.kind}.${field.key}`));
  return csvOf([['run_id', ...header], ...runs.map((run) => [run.runId, ...fields.map((field) => field.raw(run))])]);
}
