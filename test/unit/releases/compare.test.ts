import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceText } from '../../../server/contract/differenceText.ts';
import type { Release, ReleaseDifference } from '../../../server/contract/releases.ts';
import { servingConfig } from '../../../server/contract/servingConfig.ts';
import { compareReleases } from '../../../server/releases/compare.ts';

const digest = (character: string): string => character.repeat(64);

function release(change: Partial<Release> = {}): Release {
  return {
    digest: digest('1'),
    createdAt: 1,
    model: { name: 'churn', version: 1, digest: digest('a'), flavor: 'sklearn', files: [{ path: 'MLmodel', sha256: digest('f'), bytes: 10 }] },
    data: [{ path: 'churn.csv', sha256: digest('d'), bytes: 5, modifiedAt: 1 }],
    environment: { sha256: digest('e'), python: '3.11', platform: 'manylinux_2_36_x86_64', packages: [{ name: 'numpy', version: '2.0.0' }] },
    serving: servingConfig.parse({}),
    signature: { inputs: [{ name: 'age', type: 'long', required: true }], outputs: [] },
    hasExample: true,
    ...change,
  };
}

test('a release does not differ from itself', () => {
  assert.deepEqual(compareReleases(release(), release({ digest: digest('2'), createdAt: 2 })), []);
});

test('each part says what changed, what came and what went', () => {
  const before = release();
  const after = release({
    model: { ...before.model, version: 2, digest: digest('b') },
    data: [{ path: 'churn.csv', sha256: digest('c'), bytes: 6, modifiedAt: 2 }],
    environment: { ...before.environment, packages: [{ name: 'numpy', version: '2.1.0' }, { name: 'scipy', version: '1.14.0' }] },
    serving: servingConfig.parse({ workers: 3, environment: { MODE: 'fast' } }),
    signature: { inputs: [{ name: 'tenure', type: 'double', required: false }], outputs: [] },
  });
  assert.deepEqual(
    compareReleases(before, after).map(({ part, key, before: old, after: current }) => [part, key, old, current]),
    [
      ['data', 'churn.csv', digest('d'), digest('c')],
      ['environment', 'numpy', '2.0.0', '2.1.0'],
      ['environment', 'scipy', null, '1.14.0'],
      ['signature', 'input.age', 'long', null],
      ['signature', 'input.tenure', null, 'double, optional'],
      ['serving', 'workers', '2, or 1 on one processor', '3'],
      ['serving', 'env MODE', null, 'fast'],
      ['model', 'version', '1', '2'],
      ['model', 'digest', digest('a'), digest('b')],
    ],
  );
});

test('everything is listed when asked for, equal parts too', () => {
  const all = compareReleases(release(), release(), { all: true });
  assert.ok(all.some(({ key, before, after }) => key === 'numpy' && before === after));
});

test('metrics come first, those that tell most before others, then params, but for what prints an estimator', () => {
  const from = { metrics: { training_mae: 30, test_mae: 46.96, rows: 3 }, params: { max_depth: '8', rate: '0.1', model: 'GradientBoostingRegressor(max_depth=8, learning_rate=0.1)' } };
  const to = { metrics: { training_mae: 31, test_mae: 46.11, rows: 3 }, params: { max_depth: '3', rate: '0.1', model: 'GradientBoostingRegressor(max_depth=3, learning_rate=0.1)' } };
  const found = compareReleases(release(), release(), { values: { from, to } });
  assert.deepEqual(found.map(({ part, key, before, after }) => [part, key, before, after]), [
    ['metric', 'test_mae', '46.96', '46.11'],
    ['metric', 'training_mae', '30', '31'],
    ['param', 'max_depth', '8', '3'],
  ]);
  assert.deepEqual(compareReleases(release(), release(), { values: { from, to: undefined } }), [], 'what is known of one only is no difference');
});

test('a difference reads as a sentence', () => {
  const text = (part: ReleaseDifference['part'], key: string, before: string | null, after: string | null): string => differenceText({ part, key, before, after });
  assert.equal(text('metric', 'test_mae', '46.96', '46.11'), 'test_mae 46.96 → 46.11 (−1.8%, better)');
  assert.equal(text('metric', 'training_mae', '30', '31'), 'training_mae 30 → 31 (+3.3%)', 'a training metric has no verdict');
  assert.equal(text('metric', 'loss', 'NaN', '0.5'), 'loss NaN → 0.5');
  assert.equal(text('data', 'churn.csv', digest('a'), digest('b')), 'data churn.csv: other content');
  assert.equal(text('data', 'churn.csv', null, digest('b')), 'data churn.csv: new');
  assert.equal(text('signature', 'input.age', 'long', null), 'input age long → none');
  assert.equal(text('model', 'digest', digest('a'), digest('b')), `model digest ${'a'.repeat(12)} → ${'b'.repeat(12)}`);
});
