import type { Statement } from 'better-sqlite3';
import type { Database } from '../../../platform/database/database.ts';
import type { Parameter, Sql } from './sql.ts';

/** Filters come in few shapes: that many prepared statements are kept. */
const kept = 100;

/** Runs SQL that is made for a search; equal text is prepared once. */
export function createQueries(database: Database): <Row>(sql: Sql) => Row[] {
  const statements = new Map<string, Statement<Parameter[]>>();
  return <Row>({ text, parameters }: Sql): Row[] => {
    const known = statements.get(text);
    const statement = known ?? database.prepare<Parameter[]>(text);
    statements.delete(text);
    statements.set(text, statement);
    if (statements.size > kept) {
      const [oldest] = statements.keys();
      statements.delete(oldest ?? '');
    }
    return statement.all(...parameters) as Row[];
  };
}
