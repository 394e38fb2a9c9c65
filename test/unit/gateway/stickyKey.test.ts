import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSticky, sticky } from '../../../server/contract/sticky.ts';
import { stickyKey } from '../../../server/gateway/stickyKey.ts';

const byField = sticky.parse({ by: 'field', name: 'customer_id' });

function keyOf(document: unknown): string | undefined {
  return stickyKey(byField, {}, Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)));
}

describe('what keeps a caller on a release', () => {
  it('is the field of the first row, in every JSON form', () => {
    const forms = [
      { dataframe_split: { columns: ['age', 'customer_id'], data: [[42, 'c-7'], [43, 'c-8']] } },
      { dataframe_records: [{ age: 42, customer_id: 'c-7' }, { customer_id: 'c-8' }] },
      { inputs: { age: [42, 43], customer_id: ['c-7', 'c-8'] } },
      { inputs: { customer_id: 'c-7' } },
      { inputs: [{ customer_id: 'c-7' }] },
      { instances: [{ customer_id: 'c-7' }] },
      { input_data: { columns: ['customer_id'], data: [['c-7']] } },
      { inputs: [{ name: 'age', data: [42] }, { name: 'customer_id', shape: [2, 1], datatype: 'BYTES', data: [['c-7'], ['c-8']] }] },
      { customer_id: 'c-7', instances: [[42]] },
    ];
    assert.deepEqual(forms.map(keyOf), forms.map(() => 'c-7'));
    assert.equal(keyOf({ dataframe_records: [{ customer_id: 7 }] }), '7');
  });

  it('is nothing where the request does not have the field, is no JSON, or is large', () => {
    const without = [{ dataframe_split: { columns: ['age'], data: [[42]] } }, { instances: [] }, { inputs: [[1, 2]] }, { customer_id: null }, { customer_id: {} }, [], 'customer_id,age\nc-7,42\n', '{', 'null'];
    assert.deepEqual(without.map(keyOf), without.map(() => undefined));
    assert.equal(keyOf({ customer_id: 'c-7', filler: 'x'.repeat(64 * 1024) }), undefined);
    assert.equal(stickyKey(byField, {}, undefined), undefined);
    assert.equal(keyOf('{"__proto__": {"customer_id": "c-7"}}'), undefined);
  });

  it("is the client's own key before all else, and the named header", () => {
    const byHeader = sticky.parse({ by: 'header', name: 'X-Customer' });
    assert.equal(stickyKey(byHeader, { 'x-customer': 'c-7' }, undefined), 'c-7');
    assert.equal(stickyKey(byHeader, { 'x-customer': 'c-7', 'x-slipway-key': 'mine' }, undefined), 'mine');
    assert.equal(stickyKey(byHeader, {}, undefined), undefined);
    assert.equal(stickyKey(undefined, { 'x-slipway-key': 'mine' }, undefined), 'mine');
  });

  it('is written in words', () => {
    assert.deepEqual(['customer_id', 'field header', ' header X-Customer ', 'field total charges'].map(readSticky), [
      { by: 'field', name: 'customer_id' },
      { by: 'field', name: 'header' },
      { by: 'header', name: 'x-customer' },
      { by: 'field', name: 'total charges' },
    ]);
    assert.deepEqual(['', '  ', 'header a b'].map(readSticky), [undefined, undefined, undefined]);
  });
});
