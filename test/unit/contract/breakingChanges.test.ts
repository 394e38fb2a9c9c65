import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Signature } from '../../../server/contract/registry.ts';
import { breakingChanges } from '../../../server/contract/breakingChanges.ts';

type Column = Signature['inputs'][number];

const column = (name: string, type = 'double', values: Partial<Column> = {}): Column => ({ name, type, required: true, ...values });
const signature = (inputs: Column[], outputs: Column[] = [{ type: 'long', required: true }]): Signature => ({ inputs, outputs });
const changes = (before: Signature, after: Signature): string[] => breakingChanges(before, after, 2);

describe('a new signature', () => {
  it('names the inputs that are gone, and no more of them than one reads', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    assert.deepEqual(changes(signature(names.map((name) => column(name))), signature([column('a')])), ['7 inputs of version 2 are gone (b, c, d, e, f, g, and 1 more)']);
  });

  it('names what callers do not send, or may leave out, and what has another type', () => {
    const before = signature([column('a'), column('b', 'string'), column('c', 'double', { required: false })]);
    const after = signature([column('a'), column('b', 'double'), column('c'), column('d')]);
    assert.deepEqual(changes(before, after), ['1 input is new and required (d)', '1 input that could be left out is required (c)', '1 input has another type (b: string to double)']);
  });

  it('takes new optional inputs and wider types as they are, and not narrower ones', () => {
    assert.deepEqual(changes(signature([column('a', 'long')]), signature([column('a', 'double'), column('b', 'string', { required: false })])), []);
    assert.deepEqual(changes(signature([column('a', 'double')]), signature([column('a', 'long')])), ['1 input has another type (a: double to long)']);
  });

  it('compares arrays by all lengths but the number of rows', () => {
    const tensor = (...shape: number[]): Signature => signature([{ type: 'float32', required: true, shape }]);
    assert.deepEqual(changes(tensor(-1, 4), tensor(-1, 4)), []);
    assert.deepEqual(changes(tensor(10, 4), tensor(-1, 4)), []);
    assert.deepEqual(changes(tensor(-1, 4), tensor(-1, -1)), []);
    assert.deepEqual(changes(tensor(-1, 4), tensor(-1, 10)), ['1 input has another type (#1: float32 [-1, 4] to float32 [-1, 10])']);
  });

  it('names answers of another type', () => {
    assert.deepEqual(changes(signature([column('a')]), signature([column('a')], [{ type: 'double', required: true }])), ['answers are double instead of long']);
  });

  it('knows one number a row, whether a signature calls it an array or a column', () => {
    const answer = (outputs: Column[]): Signature => signature([column('a')], outputs);
    const column64 = answer([{ type: 'double', required: true }]);
    assert.deepEqual(changes(answer([{ type: 'float64', required: true, shape: [-1] }]), column64), []);
    assert.deepEqual(changes(column64, answer([{ type: 'float64', required: true, shape: [-1, 3] }])), ['answers are float64 [-1, 3] instead of double']);
    assert.deepEqual(changes(answer([{ name: 'risk', type: 'float64', required: true, shape: [-1] }]), column64), ['answers are double instead of float64 [-1]']);
  });
});
