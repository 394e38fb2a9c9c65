import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPredictions, readRows } from '../../../server/monitoring/bodies.ts';
import { inputColumns, predictionColumn, type ColumnSpec } from '../../../server/monitoring/columns/columnSpec.ts';

const specs: ColumnSpec[] = [
  { name: 'a', type: 'double', kind: 'numeric' },
  { name: 'b', type: 'string', kind: 'categorical' },
];

function rows(body: unknown, contentType = 'application/json'): unknown {
  const read = readRows(typeof body === 'string' ? body : JSON.stringify(body), contentType, specs);
  return read === undefined ? undefined : { count: read.count, ...Object.fromEntries(read.columns) };
}

describe('the rows of a request', () => {
  const expected = { count: 2, a: [1, 2], b: ['x', null] };

  it('are the same in every form', () => {
    assert.deepEqual(rows({ dataframe_split: { columns: ['a', 'b'], data: [[1, 'x'], [2, null]] } }), expected);
    assert.deepEqual(rows({ dataframe_records: [{ a: 1, b: 'x' }, { a: 2, b: null }] }), expected);
    assert.deepEqual(rows({ instances: [{ a: 1, b: 'x' }, { a: 2, b: null }] }), expected);
    assert.deepEqual(rows({ inputs: { a: [1, 2], b: ['x', null] } }), expected);
    assert.deepEqual(rows({ inputs: [[1, 'x'], [2, null]] }), expected);
    const tensorOf = (name: string, datatype: string, data: unknown[]): unknown => ({ name, shape: [2], datatype, data });
    assert.deepEqual(rows({ inputs: [tensorOf('a', 'FP64', [1, 2]), tensorOf('b', 'BYTES', ['x', null])] }), expected);
    assert.deepEqual(rows({ inputs: [{ name: 'all', shape: [2, 2], datatype: 'BYTES', data: [1, 'x', 2, null] }] }), expected);
    assert.deepEqual(rows('a,b\n1,x\n2,\n', 'text/csv; charset=utf-8'), { count: 2, a: ['1', '2'], b: ['x', null] });
  });

  it('have a gap where a record lacks a column', () => {
    assert.deepEqual(rows({ dataframe_records: [{ a: 1 }, { b: 'y' }] }), { count: 2, a: [1, undefined], b: [undefined, 'y'] });
  });

  it('may hold what Python writes for missing numbers', () => {
    assert.deepEqual(rows('{"dataframe_split": {"columns": ["a", "b"], "data": [[NaN, "NaN"], [-Infinity, "x"]]}}'), { count: 2, a: [null, null], b: ['NaN', 'x'] });
  });

  it('cannot be told from anything else', () => {
    for (const body of ['', 'not json', '[1]', '{}', '{"dataframe_split": 1}', '{"inputs": 3}']) {
      assert.equal(rows(body), undefined, body);
    }
  });
});

describe('the predictions of an answer', () => {
  it('are one value a row', () => {
    assert.deepEqual(readPredictions('{"predictions": [1, 0]}'), [1, 0]);
    assert.deepEqual(readPredictions('{"predictions": [[0.25, 0.75], [1, 0]]}'), [0.75, 0]);
    assert.deepEqual(readPredictions('{"predictions": [[0.1, 0.7, 0.2]]}'), [1]);
    assert.deepEqual(readPredictions('{"predictions": [{"label": "yes", "score": 1}]}'), ['yes']);
    assert.deepEqual(readPredictions('{"predictions": {"label": ["yes", "no"]}}'), ['yes', 'no']);
    assert.deepEqual(readPredictions('{"model_name": "m", "outputs": [{"name": "p", "shape": [2, 2], "datatype": "FP64", "data": [0.25, 0.75, 1, 0]}]}'), [0.75, 0]);
    assert.deepEqual(readPredictions('{"model_name": "m", "outputs": [{"name": "p", "shape": [2], "datatype": "INT64", "data": [3, 4]}]}'), [3, 4]);
    assert.equal(readPredictions('{"error": 1}'), undefined);
  });
});

describe('the columns of a signature', () => {
  it('go by name, by position, or by the last dimension of a tensor', () => {
    assert.deepEqual(inputColumns({ inputs: [{ type: 'long', required: true }, { name: 'c', type: 'string', required: false }], outputs: [] }), [
      { name: '0', type: 'long', kind: 'numeric' },
      { name: 'c', type: 'string', kind: 'categorical' },
    ]);
    const tensor = inputColumns({ inputs: [{ type: 'float64', required: true, shape: [-1, 3] }], outputs: [] });
    assert.deepEqual(tensor.map(({ name, kind }) => [name, kind]), [['0', 'numeric'], ['1', 'numeric'], ['2', 'numeric']]);
    assert.deepEqual(inputColumns({ inputs: [{ type: 'float64', required: true, shape: [-1, 224, 224] }], outputs: [] }), [
      { name: 'input', type: 'float64', kind: 'numeric', shape: [-1, 224, 224], isUnnamed: true },
    ]);
    assert.deepEqual(inputColumns({ inputs: [{ name: 'x', type: 'float32', required: true, shape: [-1, 4] }, { name: 'y', type: 'int64', required: true, shape: [-1] }], outputs: [] }), [
      { name: 'x', type: 'float32', kind: 'numeric', shape: [-1, 4] },
      { name: 'y', type: 'int64', kind: 'numeric' },
    ]);
    assert.deepEqual(inputColumns(undefined), []);
  });

  it('tell labels from numbers', () => {
    const kind = (type: string, shape?: number[]): string | undefined =>
      predictionColumn({ inputs: [], outputs: [{ type, required: true, ...(shape === undefined ? {} : { shape }) }] })?.kind;
    assert.deepEqual([kind('long'), kind('string'), kind('boolean'), kind('double'), kind('float64', [-1, 2]), kind('float64', [-1, 3]), kind('int64', [-1])], [
      'categorical', 'categorical', 'categorical', 'numeric', 'numeric', 'categorical', 'categorical',
    ]);
  });
});
