import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '../../../server/contract/releases.ts';
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
      ['model', 'version', '1', '2'],
      ['model', 'digest', digest('a'), digest('b')],
      ['data', 'churn.csv', digest('d'), digest('c')],
      ['environment', 'numpy', '2.0.0', '2.1.0'],
      ['environment', 'scipy', null, '1.14.0'],
      ['serving', 'workers', '2, or 1 on one processor', '3'],
      ['serving', 'env MODE', null, 'fast'],
      ['signature', 'input.age', 'long', null],
      ['signature', 'input.tenure', null, 'double, optional'],
    ],
  );
});

test('everything is listed when asked for, equal parts too', () => {
  const all = compareReleases(release(), release(), true);
  assert.ok(all.some(({ key, before, after }) => key === 'numpy' && before === after));
});
