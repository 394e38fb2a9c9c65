import { plural } from '../../contract/format/plural.ts';
import { auditKeyFile, readAuditKey } from '../../governance/auditKey.ts';
import { readKeptHeads } from '../../governance/keptHeads.ts';
import { verifyAudit } from '../../governance/verifyAudit.ts';
import { createEventHub } from '../../platform/http/events.ts';
import { createSettings } from '../../platform/settings.ts';
import { Problem } from '../../platform/errors.ts';
import { finding, notLooked, type Check, type Examination } from './examination.ts';

/** The audit log against its key, and against the heads that are kept outside of the database. */
export const auditCheck: Check = {
  name: 'audit',
  label: 'the audit log against its key and heads',
  async run({ home, database, progress }) {
    if (database === undefined) {
      return notLooked;
    }
    if (!database.prepare<[], { name: string }>("SELECT name FROM pragma_table_info('audit')").all().some(({ name }) => name === 'key_id')) {
      return { looked: 'not looked at: it is of before the log had a key, and gets one when the companion starts', findings: [] };
    }
    progress('Reading the audit log');
    try {
      const elsewhere = await readKeptHeads(home, copyOf(home));
      const found = await verifyAudit(database, readAuditKey(home), elsewhere.kept);
      const problems = [...found.problems, ...(found.entries === 0 && readAuditKey(home) === undefined ? [] : elsewhere.problems)];
      return {
        looked: plural(found.entries, 'entry', 'entries'),
        findings: [
          ...problems.map(({ message, remedy }) => finding('audit log', message, { remedy })),
          ...[...found.notes, ...elsewhere.notes].map((note) => finding('audit log', note, { wrong: false })),
        ],
      };
    } catch (error) {
      if (Problem.is(error)) {
        return { looked: 'not looked at', findings: [finding(auditKeyFile(home), error.message, { remedy: error.remedy })] };
      }
      throw error;
    }
  },
};

/** The file that the settings name; none where they cannot be read, which the companion says when it starts. */
function copyOf(home: Examination['home']): string {
  try {
    return createSettings(home, createEventHub(), () => undefined).current().auditHeadCopy;
  } catch {
    return '';
  }
}
