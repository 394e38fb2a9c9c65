import type { AuditEntry } from '../governance.ts';

export const auditFormats = ['jsonl', 'csv'] as const;
export type AuditFormat = (typeof auditFormats)[number];

const columns = ['sequence', 'at', 'actor', 'program', 'action', 'subject', 'detail', 'previousHash', 'hash'] as const;

/** A cell of RFC 4180. A spreadsheet takes what begins with one of `=+-@` for a formula: such a text gets an apostrophe before it. */
function cell(value: string | number): string {
  const text = typeof value === 'string' ? value.replace(/^(?=[=+\-@\t\r])/, "'") : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The first line of a file, with its end; empty where the format has none. */
export function auditFileHead(format: AuditFormat): string {
  return format === 'csv' ? `${columns.join(',')}\r\n` : '';
}

/** One entry as a line of JSON Lines (times in epoch milliseconds) or of CSV (times in ISO 8601, the detail as JSON), with its end. */
export function auditFileLine(entry: AuditEntry, format: AuditFormat): string {
  if (format === 'jsonl') {
    return `${JSON.stringify(entry)}\n`;
  }
  const texts = { ...entry, at: new Date(entry.at).toISOString(), program: entry.program ?? '', detail: JSON.stringify(entry.detail) };
  return `${columns.map((column) => cell(texts[column])).join(',')}\r\n`;
}
