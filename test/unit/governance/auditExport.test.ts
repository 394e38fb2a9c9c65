import assert from 'node:assert/strict';
import { it } from 'node:test';
import { auditFileHead, auditFileLine } from '../../../server/contract/format/auditExport.ts';
import type { AuditEntry } from '../../../server/contract/governance.ts';

const entry: AuditEntry = {
  sequence: 3,
  at: Date.UTC(2026, 10, 30, 14, 3),
  actor: '=cmd|evil',
  program: 'editor',
  action: 'incident.noted',
  subject: 'a,"b"',
  detail: { text: 'two\nlines' },
  previousHash: 'a'.repeat(64),
  hash: 'b'.repeat(64),
};

it('an entry of the audit log is one line of JSON Lines, and one record of CSV in which nothing is a formula', () => {
  assert.deepEqual([auditFileHead('jsonl'), JSON.parse(auditFileLine(entry, 'jsonl')), auditFileLine(entry, 'jsonl').indexOf('\n')], ['', entry, auditFileLine(entry, 'jsonl').length - 1]);
  assert.equal(auditFileHead('csv'), 'sequence,at,actor,program,action,subject,detail,previousHash,hash\r\n');
  assert.equal(
    auditFileLine(entry, 'csv'),
    `3,2026-11-30T14:03:00.000Z,'=cmd|evil,editor,incident.noted,"a,""b""","{""text"":""two\\nlines""}",${'a'.repeat(64)},${'b'.repeat(64)}\r\n`,
  );
  assert.match(auditFileLine({ ...entry, program: undefined }, 'csv'), /evil,,incident/);
});
