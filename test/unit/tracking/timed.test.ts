import assert from 'node:assert/strict';
import { test } from 'node:test';
import SqliteDatabase from 'better-sqlite3';
import { defineInTime, type StatementTime } from '../../../server/platform/database/statementTime.ts';
import { compareText, compileClause } from '../../../server/tracking/local/search/sql.ts';
import { parseFilter } from '../../../server/tracking/local/search/grammar.ts';

/** The condition of a filter over the columns of one table. */
function conditionOf(filter: string): string {
  const clause = parseFilter(filter);
  assert.ok(clause);
  return compileClause(clause, ({ key }, operator, value) => compareText(key, operator, value, key)).text;
}

test('a statement that asks for it ends when its time is over', () => {
  const database = new SqliteDatabase(':memory:');
  const time: StatementTime = { until: Infinity };
  defineInTime(database, time);
  const rows = database.prepare('WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000) SELECT count(*) FROM counted WHERE in_time()').pluck();
  assert.equal(rows.get(), 1000);
  time.until = -1;
  assert.throws(() => rows.get(), { name: 'Problem', reason: 'too-large', remedy: /narrower filter/ });
  database.close();
});

test('a filter asks for it where a row may take long: many comparisons, many wildcards', () => {
  const many = (count: number): string => Array.from({ length: count }, (_, index) => `a = '${index}'`).join(' OR ');
  assert.ok(conditionOf(many(21)).includes('in_time()'));
  assert.ok(!conditionOf(many(20)).includes('in_time()'));
  for (const operator of ['LIKE', 'ILIKE']) {
    assert.ok(conditionOf(`a ${operator} '%a%b%'`).includes('in_time()'));
    assert.ok(!conditionOf(`a ${operator} '%a%'`).includes('in_time()'));
  }
});
