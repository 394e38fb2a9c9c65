import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareAnswers, rowsOf } from '../../../server/deployments/replicas/predictions.ts';

describe('the rows of a request', () => {
  it('are counted in each of the forms of /invocations', () => {
    assert.equal(rowsOf({ dataframe_split: { columns: ['a'], data: [[1], [2]] } }), 2);
    assert.equal(rowsOf({ dataframe_records: [{ a: 1 }] }), 1);
    assert.equal(rowsOf({ instances: [1, 2, 3] }), 3);
    assert.equal(rowsOf({ inputs: [[1], [2]] }), 2);
    assert.equal(rowsOf({ inputs: { a: [1, 2], b: [3, 4] } }), 2);
  });

  it('are unknown where the form does not say', () => {
    assert.equal(rowsOf({ inputs: { a: [1, 2], b: [3] } }), undefined);
    assert.equal(rowsOf({ prompt: 'hello' }), undefined);
  });
});

describe('an answer', () => {
  it('needs predictions', () => {
    assert.match(compareAnswers({ error: 'x' }, undefined, 1) ?? '', /no "predictions"/);
  });

  it('needs as many predictions as the example has rows', () => {
    assert.match(compareAnswers({ predictions: [1, 2] }, undefined, 3) ?? '', /3 rows, the answer 2/);
    assert.equal(compareAnswers({ predictions: [1, 2, 3] }, undefined, 3), undefined);
  });

  it('may differ from the recorded one in the last digits only', () => {
    const recorded = { predictions: [0.1, 12345.678] };
    assert.equal(compareAnswers({ predictions: [0.1 + 1e-9, 12345.678001] }, recorded, 2), undefined);
    assert.match(compareAnswers({ predictions: [0.1, 12345.9] }, recorded, 2) ?? '', /predictions\[1\]: 12345.9 instead of 12345.678/);
  });

  it('may differ by what its type cannot hold, and a whole number not at all', () => {
    const differs = (dtype: string | Record<string, string>, actual: unknown, expected: unknown): boolean => compareAnswers({ predictions: [actual] }, { predictions: [expected] }, 1, dtype) !== undefined;
    assert.deepEqual([differs('int64', 3e9 + 1, 3e9), differs('', 3e9 + 1, 3e9)], [true, false]);
    assert.deepEqual([differs('float32', 0.500004, 0.5), differs('float64', 0.500004, 0.5), differs('float32', 0.5001, 0.5), differs('float16', 0.501, 0.5)], [false, true, true, false]);
    assert.deepEqual([differs({ a: 'float32' }, { a: 0.500004 }, { a: 0.5 }), differs({ a: 'float64' }, { a: 0.500004 }, { a: 0.5 })], [false, true]);
    assert.equal(differs('object', 'yes', 'no'), true);
  });

  it('is compared in depth', () => {
    const recorded = { predictions: [{ label: 'yes', scores: [0.2, 0.8] }] };
    assert.equal(compareAnswers({ predictions: [{ scores: [0.2, 0.8], label: 'yes' }] }, recorded, 1), undefined);
    assert.match(compareAnswers({ predictions: [{ label: 'no', scores: [0.2, 0.8] }] }, recorded, 1) ?? '', /predictions\[0\]\.label: "no" instead of "yes"/);
    assert.match(compareAnswers({ predictions: [{ label: 'yes', scores: [0.2] }] }, recorded, 1) ?? '', /scores: 1 values instead of 2/);
  });
});
