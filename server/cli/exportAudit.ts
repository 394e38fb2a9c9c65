import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import type { CallInput } from '../contract/api.ts';
import { auditFileHead, auditFileLine, auditFormats, type AuditFormat } from '../contract/format/auditExport.ts';

function formatOf(file: string): AuditFormat {
  const format = file === '-' ? 'jsonl' : auditFormats.find((each) => path.extname(file).toLowerCase() === `.${each}`);
  if (format === undefined) {
    throw new CallFailure('invalid-input', `${file} ends with no format that the audit log is written in.`, { field: 'export', remedy: 'End it with .jsonl or .csv.' });
  }
  return format;
}

/**
 * Writes entries into a file that only its owner reads, page by page, the oldest first.
 * @param file `-` is standard output
 * @returns how many there are
 * @throws CallFailure `invalid-input` for a file that is named after no format
 */
export async function exportAudit(client: CompanionClient, only: Omit<CallInput<'listAudit'>, 'limit'>, file: string): Promise<number> {
  const format = formatOf(file);
  const target = file === '-' ? process.stdout.fd : openSync(file, 'w', 0o600);
  let written = 0;
  try {
    writeSync(target, auditFileHead(format));
    for (let after = 0; ; ) {
      const { entries } = await client.call('listAudit', { ...only, after, limit: 1000 });
      const last = entries.at(-1);
      if (last === undefined) {
        return written;
      }
      writeSync(target, entries.map((entry) => auditFileLine(entry, format)).join(''));
      written += entries.length;
      after = last.sequence;
    }
  } finally {
    if (file !== '-') {
      closeSync(target);
    }
  }
}
