import type { Run } from '../../server/contract/tracking.ts';
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

/** A Markdown table with the values as shown; the best value of a metric is bold. No value becomes HTML, a link or an image. */
export function toMarkdown(runs: readonly Run[], fields: readonly ExportColumn[]): string {
  const escape = (text: string): string => text.replace(/[\\|<>[\]`*]/g, '\\$&').replace(/\s*[\r\n]\s*/g, ' ');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cell = (field: ExportColumn, run: Run): string => {
    const text = escape(field.text(run));
    return field.best.has(run.runId) ? `**${text}**` : text;
  };
  return [
    line(fields.map((field) => escape(field.name))),
    line(fields.map((field) => (field.numeric ? '---:' : '---'))),
    ...runs.map((run) => line(fields.map((field) => cell(field, run)))),
    '',
  ].join('\n');
}

/** What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection). */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$|^-?Infinity$/i.test(text);
}

/** RFC 4180 with exact values; the run's id comes first. A text that a spreadsheet would take for a formula begins with an apostrophe. */
export function toCsv(runs: readonly Run[], fields: readonly ExportColumn[]): string {
  const quote = (given: string): string => {
    const text = isFormula(given) ? `'${given}` : given;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const line = (cells: readonly string[]): string => cells.map(quote).join(',');
  const header = fields.map((field) => (field.kind === 'run' ? field.key : `${field.linked ? 'linked.' : ''}${field.kind}.${field.key}`));
  return [line(['run_id', ...header]), ...runs.map((run) => line([run.runId, ...fields.map((field) => field.raw(run))])), ''].join('\r\n');
}
