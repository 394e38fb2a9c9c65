import type { Run } from '../../server/contract/tracking.ts';
import type { Field } from './fields.ts';

/** A Markdown table with the values as shown; the best value of a metric is bold. */
export function toMarkdown(runs: readonly Run[], fields: readonly Field[]): string {
  const escape = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\|/g, '\\|').replace(/\r?\n/g, ' ');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cell = (field: Field, run: Run): string => {
    const text = escape(field.text(run));
    return field.best.has(run.runId) ? `**${text}**` : text;
  };
  return [
    line(fields.map((field) => escape(field.kind === 'run' ? field.label : field.key))),
    line(fields.map((field) => (field.numeric ? '---:' : '---'))),
    ...runs.map((run) => line(fields.map((field) => cell(field, run)))),
    '',
  ].join('\n');
}

/** RFC 4180 with exact values; the run's id comes first. */
export function toCsv(runs: readonly Run[], fields: readonly Field[]): string {
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  const line = (cells: readonly string[]): string => cells.map(quote).join(',');
  const header = fields.map((field) => (field.kind === 'run' ? field.key : `${field.kind}.${field.key}`));
  return [line(['run_id', ...header]), ...runs.map((run) => line([run.runId, ...fields.map((field) => field.raw(run))])), ''].join('\r\n');
}
