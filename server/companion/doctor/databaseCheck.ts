import SqliteDatabase from 'better-sqlite3';
import { statSync } from 'node:fs';
import { formatBytes } from '../../contract/format/bytes.ts';
import { plural } from '../../contract/format/plural.ts';
import { damagedDatabase, lossOf } from '../../platform/database/homeDatabase.ts';
import { sqliteBinding } from '../../platform/resources.ts';
import { finding, type Check, type Examination, type Examined, type Finding } from './examination.ts';

interface Stray {
  readonly child: string;
  readonly parent: string;
  readonly rows: number;
}

/** What SQLite says of an index that does not fit its table; the table is whole, and the index can be made from it. */
const ofAnIndex = /^(row \d+ missing from index|wrong # of entries in index)/;

/** SQLite's own checks: of the file (https://www.sqlite.org/pragma.html#pragma_integrity_check), and of what rows refer to. */
export const databaseCheck: Check = {
  name: 'database',
  label: 'pages, indexes and references',
  run(examination) {
    const { home, database } = examination;
    if (database === undefined) {
      return Promise.resolve(lost(examination, statSync(home.database, { throwIfNoEntry: false })?.size ?? 0));
    }
    // Also what still lies in the log beside the file.
    const size = Number(database.pragma('page_count', { simple: true })) * Number(database.pragma('page_size', { simple: true }));
    examination.progress(`Reading the database (${formatBytes(size)})`);
    const said = database.prepare<[], { integrity_check: string }>('PRAGMA integrity_check').all().map((row) => row.integrity_check);
    const findings = said.length === 1 && said[0] === 'ok' ? strays(examination) : [damage(examination, said)];
    return Promise.resolve({ looked: formatBytes(size), findings });
  },
};

function lost({ home, held }: Examination, size: number): Examined {
  if (size > 0) {
    const { message, remedy } = damagedDatabase(home, new Error('it cannot be read'));
    return { looked: formatBytes(size), findings: [finding(home.database, message, { remedy })] };
  }
  if (held) {
    return { looked: 'nothing', findings: [finding(home.database, 'It is gone under a companion that runs.', { remedy: 'Stop the companion with "slipway stop", then look again.' })] };
  }
  const loss = lossOf(home);
  return loss === undefined ? { looked: 'there is none yet', findings: [] } : { looked: 'nothing', findings: [finding(home.database, loss.message, { remedy: loss.remedy })] };
}

function damage({ home }: Examination, said: readonly string[]): Finding {
  const { message, remedy } = damagedDatabase(home, new Error([said[0], ...(said.length > 1 ? [`and ${plural(said.length - 1, 'more thing')}`] : [])].join(' ')));
  if (said.every((line) => ofAnIndex.test(line))) {
    return finding(home.database, `Indexes do not fit their tables (${said[0]}): searches may miss rows.`, { repair: { does: 'makes the indexes again from their tables', run: () => reindex(home.database) }, remedy });
  }
  return finding(home.database, message, { remedy });
}

function reindex(file: string): void {
  const nativeBinding = sqliteBinding();
  const database = new SqliteDatabase(file, nativeBinding === undefined ? {} : { nativeBinding });
  try {
    database.exec('REINDEX');
  } finally {
    database.close();
  }
}

function strays({ database, home }: Examination): Finding[] {
  const found = database?.prepare<[], Stray>('SELECT "table" AS child, parent, count(*) AS rows FROM pragma_foreign_key_check GROUP BY 1, 2').all() ?? [];
  return found.map(({ child, parent, rows }) =>
    finding(`${home.database}: ${child}`, `${plural(rows, 'row')} of ${child} ${rows === 1 ? 'refers' : 'refer'} to what is not in ${parent}.`, {
      remedy: 'The rest can be used. Please report it: no version of Slipway leaves such rows.',
    }),
  );
}
