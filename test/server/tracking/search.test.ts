import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { openTrackingHome, type TrackingHome } from './trackingHome.ts';
import { askedBy } from '../../harness/askedBy.ts';

describe('a search of runs', () => {
  let home: TrackingHome;
  let experiment = 0;
  let other = 0;
  before(() => {
    home = openTrackingHome();
    const { experiments, runs, logging, inputs } = home.tracking.stores;
    experiment = Number(experiments.create('one'));
    other = Number(experiments.create('two'));
    const make = (name: string, startedAt: number, accuracy: number | undefined, tags: Record<string, string>, where = experiment): string => {
      const run = runs.create({ experimentId: String(where), name, startedAt, tags });
      if (accuracy !== undefined) {
        logging.logMetric(run.run_id, { key: 'accuracy', value: accuracy, at: 1, step: 0 });
      }
      return run.run_id;
    };
    const a = make('a', 100, 0.5, { size: 'small', star: '*' });
    make('b', 200, 0.9, { size: 'SMALL' });
    make('c', 300, Number.NaN, { size: 'large_1' });
    make('d', 400, undefined, {});
    make('e', 400, 0.7, { size: 'small' }, other);
    const gone = make('gone', 500, 1, {});
    runs.delete(gone);
    logging.logParam(a, { key: 'depth', value: '3' });
    inputs.logInputs(
      a,
      [{ dataset: { name: 'churn', digest: 'abc', sourceType: 'local', source: 'x', schema: undefined, profile: undefined }, tags: { 'mlflow.data.context': 'train' } }],
      [],
    );
  });
  after(() => home.close());

  const find = (filter: string, orderBy: string[] = ['run_name'], experiments: number[] | 'all' = [experiment]): string =>
    home.tracking.stores
      .searchRuns({ experiments: experiments === 'all' ? undefined : experiments, filter, orderBy, limit: 100 })
      .map(({ name }) => name)
      .join('');

  it('compares metrics, params, tags, attributes and datasets', () => {
    assert.equal(find(''), 'abcd');
    assert.equal(find('metrics.accuracy >= 0.5'), 'ab');
    assert.equal(find("params.depth = '3'"), 'a');
    assert.equal(find("params.depth != '3'"), '');
    assert.equal(find('tags.size IS NULL'), 'd');
    assert.equal(find("attributes.run_name IN ('a', 'd') AND start_time < 300"), 'a');
    assert.equal(find("dataset.name = 'churn' AND datasets.context = 'train' AND dataset.digest LIKE 'a%'"), 'a');
  });

  it('takes the case of LIKE seriously and leaves that of ILIKE aside', () => {
    assert.equal(find("tags.size LIKE 'small'"), 'a');
    assert.equal(find("tags.size ILIKE 'small'"), 'ab');
    assert.equal(find("tags.size LIKE 'large__'"), 'c');
    assert.equal(find("tags.star LIKE '*'"), 'a');
    assert.equal(find("tags.size LIKE '*'"), '');
  });

  it('takes lists for everything that has a value', () => {
    assert.equal(find('metrics.accuracy IN (0.5, 0.9)'), 'ab');
    assert.equal(find('metrics.accuracy NOT IN (0.5)'), 'bc');
    assert.equal(find("params.depth in ('3', '4',)"), 'a');
    assert.equal(find("tags.size NOT IN ('small', 'SMALL')"), 'c');
    assert.equal(find("status IN ('RUNNING') AND start_time IN (100, 300)"), 'ac');
    assert.equal(find("dataset.name NOT IN ('churn')"), '');
  });

  it('joins clauses by OR and parentheses in every search', () => {
    const { searchExperiments, searchModels, models } = home.tracking.stores;
    assert.deepEqual(searchExperiments({ filter: "name = 'one' OR (name IN ('two') AND creation_time > 0)", orderBy: ['name'], limit: 10 }).map(({ name }) => name), ['one', 'two']);
    for (const name of ['first', 'second', 'third']) {
      models.create({ experimentId: String(experiment), name, params: [['depth', name === 'third' ? '3' : '1']], tags: [] });
    }
    const named = (filter: string): string[] => searchModels({ experiments: [experiment], filter, limit: 10 }).map(({ name }) => name).sort();
    assert.deepEqual(named("name = 'first' OR params.depth = '3'"), ['first', 'third']);
    assert.deepEqual(named("(name = 'first' OR name = 'second') AND params.depth IN ('1')"), ['first', 'second']);
    for (const name of ['a-model', 'b-model']) {
      home.registry.createModel(name, undefined, new Map([['tier', name.slice(0, 1)]]), askedBy('ada'));
    }
    const registered = home.registry.stores.search.models({ filter: "name = 'a-model' OR tags.tier IN ('b')", orderBy: ['name'], limit: 10 });
    assert.deepEqual(registered.map(({ name }) => name), ['a-model', 'b-model']);
  });

  it('joins clauses by OR and parentheses', () => {
    assert.equal(find("run_name = 'a' OR metrics.accuracy > 0.8 OR run_name = 'd'"), 'abd');
    assert.equal(find("(run_name = 'a' OR run_name = 'b') AND metrics.accuracy > 0.8"), 'b');
  });

  it('holds a value that is no number to be different from all numbers', () => {
    assert.equal(find('metrics.accuracy = 0'), '');
    assert.equal(find('metrics.accuracy != 0.5'), 'bc');
    assert.equal(find('metrics.accuracy < 100'), 'ab');
  });

  it('puts numbers before values that are none, and those before what is missing', () => {
    assert.equal(find('', ['metrics.accuracy DESC']), 'bacd');
    assert.equal(find('', ['metrics.accuracy ASC']), 'abcd');
    assert.equal(find('start_time > 0', ['metrics.accuracy DESC']), 'bacd');
    assert.equal(find('', ['tags.size DESC', 'run_name']), 'acbd');
    assert.equal(find('', []), 'dcba');
  });

  it('gives the same order a page at a time', () => {
    for (const orderBy of [['metrics.accuracy DESC'], ['params.depth'], []]) {
      const whole = home.tracking.stores.searchRuns({ experiments: [experiment], orderBy, limit: 100 }).map(({ name }) => name);
      const paged = [0, 1, 2, 3].flatMap((offset) => home.tracking.stores.searchRuns({ experiments: [experiment], orderBy, limit: 1, offset }).map(({ name }) => name));
      assert.deepEqual(paged, whole);
    }
  });

  it('looks into the experiments asked for', () => {
    assert.equal(find('', ['run_name'], [experiment, other]), 'abcde');
    assert.equal(find('', ['metrics.accuracy DESC'], [experiment, other]), 'beacd');
    assert.equal(find('', ['run_name'], 'all'), 'abcde');
    assert.equal(find('', ['run_name'], []), '');
  });

  it('shows deleted runs when asked to', () => {
    const names = (view: 'DELETED_ONLY' | 'ALL'): number => home.tracking.stores.searchRuns({ experiments: [experiment], view, limit: 100 }).length;
    assert.equal(names('DELETED_ONLY'), 1);
    assert.equal(names('ALL'), 5);
  });

  it('refuses what it does not know, also when no experiment is asked for', () => {
    for (const [filter, orderBy] of [
      ["colour = 'red'", []],
      ["models.a = 'x'", []],
      ["metrics.accuracy = 'x'", []],
      ['params.depth = 3', []],
      ["params.depth > '3'", []],
      ['metrics.a IS NULL', []],
      ["dataset.size = 'x'", []],
      ['', ['colour']],
      ['', ['metrics.a', 'metrics.a']],
      ['', ['dataset.name']],
    ] as const) {
      assert.throws(() => find(filter, [...orderBy], []), Problem, `${filter} ${orderBy.join(',')}`);
    }
  });

  it('names what tags and params can be compared with, where a comparator is none of it', () => {
    for (const filter of ["params.depth > '3'", "tags.team < 'red'"]) {
      assert.throws(
        () => find(filter, [], []),
        (error) => Problem.is(error, 'invalid-input') && error.message.endsWith("not one of '=, !=, LIKE, ILIKE, IN, NOT IN, IS NULL, IS NOT NULL'"),
        filter,
      );
    }
  });

  it('reads values as values, never as SQL', () => {
    assert.equal(find("tags.size = '''; DROP TABLE runs; --'"), '');
    assert.equal(find("tags.`a' OR 1=1 --` = 'x'"), '');
    assert.equal(find(''), 'abcd');
  });
});
