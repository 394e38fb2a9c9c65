import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addValue, emptyColumn, type Column, type ColumnKind } from '../../../server/monitoring/columns/column.ts';
import type { Grid } from '../../../server/monitoring/columns/numericColumn.ts';
import { rankOf } from '../../../server/monitoring/columns/sample.ts';
import { measureDrift } from '../../../server/monitoring/drift/measureDrift.ts';
import { driftMethods } from '../../../server/monitoring/drift/methods.ts';
import type { DriftResult } from '../../../server/monitoring/drift/driftMethod.ts';

const hundred: Grid = { low: 0, high: 100, bins: 20 };

function columnOf(kind: ColumnKind, values: readonly unknown[], grid: Grid = hundred): Column {
  const column = emptyColumn(kind, grid);
  values.forEach((value, row) => addValue(column, value, rankOf(7, row)));
  return column;
}

function categories(counts: Readonly<Record<string, number>>): Column {
  return columnOf('categorical', Object.entries(counts).flatMap(([value, count]) => new Array<string>(count).fill(value)));
}

function measure(id: string, baseline: Column, window: Column): DriftResult {
  const method = driftMethods.find((each) => each.id === id);
  assert.ok(method !== undefined);
  return method.measure(baseline, window, false);
}

function statistic(id: string, baseline: Column, window: Column): number {
  const result = measure(id, baseline, window);
  assert.ok(result.kind === 'evaluated', JSON.stringify(result));
  return result.statistic;
}

const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 1e-12, `${actual} is not ${expected}`);

/** Values of a triangular distribution between 0 and 100, and the same moved so that some lie beyond. */
const triangle = Array.from({ length: 1000 }, (_, index) => Math.sqrt(index / 1000) * 100);
const moved = triangle.map((value) => value * 0.9 + 15);

/** Not by this code: Python's numpy 2.4.6 for PSI and `scipy.spatial.distance.jensenshannon(b, w, 2)` of scipy 1.17.1 for the distance, from the counts. */
const references = [
  { name: 'numbers in the bins of the baseline and above them', baseline: columnOf('numeric', triangle), window: columnOf('numeric', moved), psi: 0.907018046016355, distance: 0.2727479741306776 },
  { name: 'two categories', baseline: categories({ a: 500, b: 500 }), window: categories({ a: 600, b: 400 }), psi: 0.04054651081081642, distance: 0.08543510262458807 },
  { name: 'a category that the baseline does not have', baseline: categories({ a: 600, b: 400 }), window: categories({ b: 400, c: 100, a: 500 }), psi: 0.7083169080497109, distance: 0.23083193818809797 },
  { name: 'no category in common', baseline: categories({ a: 500 }), window: categories({ b: 500 }), psi: 18.41883867587797, distance: 1 },
  { name: 'equal shares of other counts', baseline: categories({ a: 300, b: 500, c: 200 }), window: categories({ a: 150, b: 250, c: 100 }), psi: 0, distance: 0 },
];

describe('the Population Stability Index', () => {
  for (const { name, baseline, window, psi } of references) {
    it(`is the reference's of ${name}`, () => near(statistic('psi', baseline, window), psi));
  }

  it('is what the formula gives by hand', () => {
    // (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5) = 0.1 ln 1.5
    near(statistic('psi', categories({ a: 50, b: 50 }), categories({ a: 60, b: 40 })), 0.1 * Math.log(1.5));
  });

  it('says what chance alone makes of it', () => {
    const result = measure('psi', columnOf('numeric', triangle), columnOf('numeric', moved));
    // 21 bins with values: 20 (1/1000 + 1/1000).
    assert.ok(result.kind === 'evaluated');
    assert.equal(result.note, 'About 0.04 is to be expected by chance, of so many rows in 21 bins.');
  });
});

describe('the Jensen-Shannon distance', () => {
  for (const { name, baseline, window, distance } of references) {
    it(`is the reference's of ${name}`, () => near(statistic('jensen-shannon', baseline, window), distance));
  }
});

describe('a drift method', () => {
  const reasonOf = (baseline: Column, window: Column): string[] =>
    driftMethods.filter(({ reads }) => reads === 'counts').map(({ measure: each }) => {
      const result = each(baseline, window, false);
      return result.kind === 'not-evaluated' ? result.reason : 'evaluated';
    });

  it('gives no number for fewer than 25 values a bin, and for fewer than 100', () => {
    const baseline = columnOf('numeric', triangle);
    assert.deepEqual(new Set(reasonOf(baseline, columnOf('numeric', triangle.slice(0, 37)))), new Set(['37 rows; 500 are needed']));
    assert.deepEqual(new Set(reasonOf(columnOf('numeric', [1, 2, 3]), baseline)), new Set(['baseline of 3 rows; 500 are needed']));
    assert.deepEqual(new Set(reasonOf(categories({ a: 500 }), categories({ a: 99 }))), new Set(['99 rows; 100 are needed']));
    assert.deepEqual(new Set(reasonOf(categories({ a: 500 }), categories({ a: 100 }))), new Set(['evaluated']));
  });

  it('gives no number for values that were counted in other bins, and for more categories than are counted', () => {
    const baseline = columnOf('numeric', triangle);
    const other = new Set(['its values were counted in other bins than those of the baseline']);
    assert.deepEqual(new Set(reasonOf(baseline, columnOf('numeric', triangle, { low: 0, high: 50, bins: 20 }))), other);
    const partly = columnOf('numeric', triangle);
    addValue(partly, 5, 1);
    assert.ok(partly.kind === 'numeric' && partly.histogram !== null);
    partly.histogram.counts[1] = 0;
    assert.deepEqual(new Set(reasonOf(baseline, partly)), other);
    const many = columnOf('categorical', Array.from({ length: 6000 }, (_, index) => `city ${index % 250}`));
    assert.deepEqual(new Set(reasonOf(many, many)), new Set(['it has more distinct values than are counted one by one']));
    assert.deepEqual(new Set(reasonOf(baseline, many)), new Set(['the baseline has values of another kind']));
  });

  it('leaves out what is missing or invalid', () => {
    const baseline = categories({ a: 500, b: 500 });
    const window = categories({ a: 600, b: 400 });
    [null, undefined, {}].forEach((value) => addValue(window, value, 1));
    near(statistic('psi', baseline, window), 0.04054651081081642);
  });

  it('has an id of its own, and one of them is the first of each kind of column', () => {
    const ids = driftMethods.map(({ id }) => id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const kind of ['numeric', 'categorical'] as const) {
      assert.equal(driftMethods.filter(({ kinds, defaultFor }) => kinds.includes(kind) && defaultFor.includes(kind)).length, 1, kind);
    }
  });
});

describe('the drift of a feature', () => {
  it('says why there is no number without a baseline, and without rows', () => {
    const window = categories({ a: 500 });
    const asked = { kind: 'categorical', isWhole: false } as const;
    const without = measureDrift({ ...asked, baseline: undefined, window, withoutBaseline: 'no baseline (input example of 5 rows)' }, 'counts');
    assert.deepEqual(without[0], { method: 'psi', label: 'PSI', isDefault: true, rows: 500, result: { kind: 'not-evaluated', reason: 'no baseline (input example of 5 rows)' } });
    const quiet = measureDrift({ ...asked, baseline: window, window: undefined, withoutBaseline: '' }, 'all');
    assert.deepEqual(quiet.map(({ rows, result }) => [rows, result]), driftMethods.filter(({ kinds }) => kinds.includes('categorical')).map(() => [0, { kind: 'not-evaluated', reason: 'no rows in this span' }]));
  });
});
