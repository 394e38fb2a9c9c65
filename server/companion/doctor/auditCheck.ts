import { plural } from '../../contract/format/plural.ts';
import { auditKeyFile, readAuditKey } from '../../governance/auditKey.ts';
import { verifyHomeAudit } from '../../governance/verifyHomeAudit.ts';
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
      const { entries, problems, notes } = await verifyHomeAudit(home, database, copyOf(home));
      // A home in which no companion has written yet has neither key nor head.
      const isNew = entries === 0 && readAuditKey(home) === undefined;
      return {
        looked: plural(entries, 'entry', 'entries'),
        findings: [
          ...problems.filter(({ kind }) => !(isNew && kind.startsWith('head-'))).map(({ message, remedy }) => finding('audit log', message, { remedy })),
          ...notes.map((note) => finding('audit log', note, { wrong: false })),
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
