import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { addValue, emptyColumn, mergeColumn, readColumn, storeColumn, summarizeColumn, type Column } from '../../../server/monitoring/columns/column.ts';
import { answerColumn } from '../../../server/monitoring/columns/columnSpec.ts';
import { gridFor } from '../../../server/monitoring/columns/numericColumn.ts';
import { addToSample, drawnValues, emptySample, mergeSample, rankOf, readSample, seedOf, storeSample, trimSample, type Sample } from '../../../server/monitoring/columns/sample.ts';

function columnOf(kind: 'numeric' | 'categorical', values: readonly unknown[], grid = gridFor(0, 100, false)): Column {
  const column = emptyColumn(kind, grid);
  values.forEach((value, row) => addValue(column, value, rankOf(7, row)));
  return column;
}

describe('a numeric column', () => {
  it('counts what is missing and what is no number', () => {
    const { count, missing, invalid } = summarizeColumn(columnOf('numeric', [1, '2.5', true, null, undefined, Number.NaN, 'many', '', {}, Infinity]));
    assert.deepEqual([count, missing, invalid], [3, 3, 4]);
  });

  it('merges windows as if all values had come in one', () => {
    const values = Array.from({ length: 300 }, (_, index) => 1e6 + ((index * 7919) % 1000) / 10);
    const grid = gridFor(1e6, 1e6 + 100, false);
    const whole = summarizeColumn(columnOf('numeric', values, grid));
    const merged = emptyColumn('numeric', grid);
    for (let start = 0; start < values.length; start += 70) {
      mergeColumn(merged, readColumn(storeColumn(columnOf('numeric', values.slice(start, start + 70), grid))));
    }
    const summary = summarizeColumn(merged);
    assert.ok(whole.kind === 'numeric' && summary.kind === 'numeric');
    assert.deepEqual({ ...summary, mean: 0, std: 0 }, { ...whole, mean: 0, std: 0 });
    assert.ok(Math.abs((summary.mean ?? 0) - (whole.mean ?? 0)) < 1e-6);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    assert.ok(Math.abs((summary.std ?? 0) - std) < 1e-6, `${summary.std} instead of ${std}`);
  });

  it('puts the edges of its bins where they belong', () => {
    const summary = summarizeColumn(columnOf('numeric', [-1, 0, 4.9, 5, 99.9, 100, 100.1]));
    assert.ok(summary.kind === 'numeric' && summary.histogram !== null);
    const { counts, below, above, edges } = summary.histogram;
    assert.deepEqual([edges.length, edges[0], edges[1], edges.at(-1)], [21, 0, 5, 100]);
    assert.deepEqual([counts[0], counts[1], counts[19], below, above], [2, 1, 2, 1, 1]);
  });

  it('counts values of other bins where their middle lies', () => {
    const into = columnOf('numeric', [1], gridFor(0, 100, false));
    mergeColumn(into, columnOf('numeric', [0, 1, 2, 3], gridFor(0, 3, true)));
    const summary = summarizeColumn(into);
    assert.ok(summary.kind === 'numeric');
    assert.deepEqual([summary.count, summary.histogram?.counts[0]], [5, 5]);
  });

  it('gives whole numbers of a small range a bin each', () => {
    assert.deepEqual(gridFor(0, 5, true), { low: -0.5, high: 5.5, bins: 6 });
    assert.deepEqual(gridFor(7, 7, false), { low: 6.5, high: 7.5, bins: 1 });
    assert.equal(gridFor(0, 500, true).bins, 20);
  });
});

describe('a categorical column', () => {
  it('counts the most frequent values and the rest, and merges them', () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? 'usual' : `rare-${index}`));
    const merged = emptyColumn('categorical', undefined);
    mergeColumn(merged, readColumn(storeColumn(columnOf('categorical', values.slice(0, 600)))));
    mergeColumn(merged, readColumn(storeColumn(columnOf('categorical', values.slice(600)))));
    const summary = summarizeColumn(merged);
    assert.ok(summary.kind === 'categorical');
    assert.deepEqual(summary.top[0], { value: 'usual', count: 500 });
    assert.equal(summary.count, 1000);
    assert.equal(summary.top.reduce((sum, { count }) => sum + count, 0) + summary.other, 1000);
    // 501 distinct values; the estimate's standard error is 6 percent.
    assert.ok(Math.abs(summary.distinct - 501) < 501 * 0.3, `${summary.distinct} distinct values`);
  });

  it('knows the exact number of distinct values while there are few', () => {
    const summary = summarizeColumn(columnOf('categorical', Array.from({ length: 900 }, (_, index) => `value-${index % 150}`)));
    assert.ok(summary.kind === 'categorical');
    assert.deepEqual([summary.distinct, summary.other], [150, 900 - 20 * 6]);
  });

  it('takes names that objects have by themselves', () => {
    const summary = summarizeColumn(readColumn(storeColumn(columnOf('categorical', ['constructor', '__proto__', '__proto__', true]))));
    assert.ok(summary.kind === 'categorical');
    assert.deepEqual(summary.top, [{ value: '__proto__', count: 2 }, { value: 'True', count: 1 }, { value: 'constructor', count: 1 }]);
  });
});

describe('the sample of a numeric column', () => {
  const drawn = (from: number, to: number, limit: number): Sample => {
    const sample = emptySample(limit);
    for (let row = from; row < to; row += 1) {
      addToSample(sample, rankOf(seedOf(`request ${row}`), 0), row);
    }
    return sample;
  };
  const merged = (parts: readonly Sample[], limit: number): Sample => {
    const sample = emptySample(limit);
    parts.forEach((part) => mergeSample(sample, readSample(storeSample(part), part.limit)));
    trimSample(sample);
    return sample;
  };
  const valuesOf = (sample: Sample): number[] => [...drawnValues(sample)];
  const sorted = (sample: Sample): number[] => valuesOf(sample).sort((a, b) => a - b);

  it('has every value while there are few, in the order in which they came', () => {
    const sample = drawn(0, 100, 100);
    assert.deepEqual([sample.of, valuesOf(sample)], [100, Array.from({ length: 100 }, (_, index) => index)]);
  });

  it('is the same in whatever order windows are merged, also of other limits', () => {
    const parts = [drawn(0, 900, 128), drawn(900, 950, 128), drawn(950, 5000, 1000), drawn(5000, 5400, 128)];
    const one = merged(parts, 300);
    assert.deepEqual([one.of, one.size], [5400, 300]);
    const other = merged([merged([parts[3], parts[1]].flatMap((part) => part ?? []), 300), merged([parts[2], parts[0]].flatMap((part) => part ?? []), 300)], 300);
    assert.deepEqual([sorted(other), other.of, other.threshold], [sorted(one), one.of, one.threshold]);
    assert.deepEqual(sorted(merged([drawn(0, 5400, 300)], 300)).length, 300);
  });

  it('draws each value as likely as any other, whatever the windows they came in', () => {
    // A window of many rows and many of few: the many rows are nine tenths of all.
    const parts = [drawn(0, 9000, 128), ...Array.from({ length: 20 }, (_, index) => drawn(9000 + index * 50, 9050 + index * 50, 128))];
    const sample = merged(parts, 1000);
    const late = valuesOf(sample).filter((value) => value >= 9000).length / sample.size;
    assert.ok(Math.abs(late - 0.1) < 0.09, `${late} of the sample`);
  });

  it('of a window that was written before there were samples has no values', () => {
    const { statistics } = storeColumn(columnOf('numeric', [1, 2, 3]));
    const column = readColumn({ statistics, sample: null });
    assert.ok(column.kind === 'numeric');
    assert.deepEqual([column.count, column.sample.of, valuesOf(column.sample)], [3, 0, []]);
    mergeColumn(column, columnOf('numeric', [4, 5]));
    assert.deepEqual([column.count, column.sample.of, valuesOf(column.sample)], [5, 2, [4, 5]]);
  });
});

test('the answers of a release are what its serving config makes of them', () => {
  const signature = { inputs: [], outputs: [{ type: 'long', required: true }] };
  const columnOf = (decision: Parameters<typeof answerColumn>[1]): string[] => {
    const column = answerColumn(signature, decision);
    return column === undefined ? [] : [column.name, column.type, column.kind];
  };
  assert.deepEqual(columnOf({}), ['prediction', 'long', 'categorical']);
  assert.deepEqual(columnOf({ method: 'predict_proba' }), ['probability', 'double', 'numeric']);
  assert.deepEqual(columnOf({ method: 'both' }), ['label', 'long', 'categorical']);
  assert.deepEqual(answerColumn({ inputs: [], outputs: [{ type: 'double', required: true, shape: [-1, 2] }] }, { threshold: 0.4 })?.kind, 'categorical');
});
