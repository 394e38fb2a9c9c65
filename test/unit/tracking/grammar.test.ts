import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { parseFilter, parseOrder, type Clause } from '../../../server/tracking/local/search/grammar.ts';

function comparison(filter: string): { entity: string | undefined; key: string; operator: string; value: unknown } {
  const clause = parseFilter(filter);
  assert.ok(clause?.kind === 'comparison', filter);
  const { subject, operator, value } = clause;
  const content = value.kind === 'text' ? value.text : value.kind === 'number' ? value.number : value.kind === 'list' ? value.items : undefined;
  return { ...subject, operator, value: content };
}

describe('a filter', () => {
  it('names an entity and a key, which may be quoted or dotted', () => {
    const expected = { entity: 'tags', key: 'mlflow.source.name', operator: '=', value: 'x' };
    assert.deepEqual(comparison("tags.mlflow.source.name = 'x'"), expected);
    assert.deepEqual(comparison("tags.`mlflow.source.name` = 'x'"), expected);
    assert.deepEqual(comparison('tags."mlflow.source.name" = "x"'), expected);
    assert.deepEqual(comparison("params.`my key` = 'x'"), { entity: 'params', key: 'my key', operator: '=', value: 'x' });
    assert.deepEqual(comparison("metrics.'it''s' > 1"), { entity: 'metrics', key: "it's", operator: '>', value: 1 });
    assert.deepEqual(comparison("run_name = 'x'"), { entity: undefined, key: 'run_name', operator: '=', value: 'x' });
  });

  it('knows every comparator, whatever the case of its letters', () => {
    for (const operator of ['=', '!=', '<', '<=', '>', '>=']) {
      assert.equal(comparison(`metrics.a ${operator} 1`).operator, operator);
    }
    assert.equal(comparison("params.a like 'x%'").operator, 'LIKE');
    assert.equal(comparison("params.a ILIKE 'x%'").operator, 'ILIKE');
    assert.equal(comparison('tags.a is null').operator, 'IS NULL');
    assert.equal(comparison('tags.a IS NOT NULL').operator, 'IS NOT NULL');
    assert.deepEqual(comparison("run_id in ('a', \"b\")").value, ['a', 'b']);
    assert.equal(comparison("run_id NOT IN ('a',)").operator, 'NOT IN');
  });

  it('names all of them where one is none', () => {
    assert.throws(
      () => parseFilter("tags.a ~ 'x'"),
      (error) => Problem.is(error, 'invalid-input') && error.message === "Invalid comparator '~' not one of '=, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL, IS NOT NULL'",
    );
  });

  it('reads numbers and quoted quotes', () => {
    assert.equal(comparison('metrics.a > -1.5e-3').value, -0.0015);
    assert.equal(comparison('metrics.a<.5').value, 0.5);
    assert.equal(comparison("params.a = 'it''s'").value, "it's");
    assert.equal(comparison("params.a = '%\\d'").value, '%\\d');
  });

  it('binds AND closer than OR, and parentheses closest', () => {
    const shape = (clause: Clause | undefined): unknown =>
      clause === undefined ? undefined : clause.kind === 'comparison' ? clause.subject.key : [clause.kind, ...clause.clauses.map(shape)];
    assert.deepEqual(shape(parseFilter('metrics.a > 1 OR metrics.b > 1 AND metrics.c > 1')), ['or', 'a', ['and', 'b', 'c']]);
    assert.deepEqual(shape(parseFilter('(metrics.a > 1 or metrics.b > 1) and metrics.c > 1')), ['and', ['or', 'a', 'b'], 'c']);
    assert.deepEqual(shape(parseFilter('AND metrics.a > 1 and AND metrics.b > 1 AND')), ['and', 'a', 'b']);
    assert.equal(parseFilter('   '), undefined);
    assert.equal(parseFilter(undefined), undefined);
  });

  it('that cannot be read is refused with what is wrong', () => {
    for (const filter of [
      'metrics.a >',
      'metrics.a',
      '> 1',
      'metrics.a > 1 metrics.b > 1',
      '(metrics.a > 1',
      'metrics.a > 1)',
      "run_id IN ()",
      "run_id IN ('a' 'b')",
      "params.a = 'open",
      'metrics.a > 1; DROP TABLE runs',
      `${'('.repeat(60)}metrics.a > 1${')'.repeat(60)}`,
    ]) {
      assert.throws(
        () => parseFilter(filter),
        (error) => Problem.is(error, 'invalid-input') && error.message.length > 10,
        filter,
      );
    }
  });
});

describe('an order', () => {
  it('is ascending unless it says otherwise', () => {
    assert.deepEqual(parseOrder('metrics.`a b` DESC'), { subject: { entity: 'metrics', key: 'a b' }, ascending: false });
    assert.deepEqual(parseOrder('start_time'), { subject: { entity: undefined, key: 'start_time' }, ascending: true });
    assert.deepEqual(parseOrder('params.x asc').ascending, true);
  });

  it('that says something else is refused', () => {
    for (const order of ['', 'metrics.a UP', 'metrics.a DESC DESC', "'a'", 'metrics.a, metrics.b']) {
      assert.throws(() => parseOrder(order), Problem, order);
    }
  });
});
