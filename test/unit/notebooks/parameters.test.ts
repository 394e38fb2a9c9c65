import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readParameters } from '../../../server/notebooks/parameters.ts';

describe('readParameters', () => {
  it('takes literals, with comments and annotations, and unquotes strings', () => {
    const source = [
      '# The knobs',
      'C = 1.0  # inverse strength',
      'depth: int = 3',
      'name = "a # b"',
      "other = 'it\\'s'",
      'balanced = False',
      'nothing = None',
      'rate = 1e-3',
      'layers = [1, 2]',
    ].join('\n');
    assert.deepEqual(readParameters(source), {
      C: '1.0',
      depth: '3',
      name: 'a # b',
      other: "it's",
      balanced: 'False',
      nothing: 'None',
      rate: '1e-3',
      layers: '[1, 2]',
    });
  });

  it('leaves out what is no assignment of a literal', () => {
    const source = ['import os', 'x = compute()', 'y = a + b', 'if x == 1:', '    z = 1', 'a.b = 2', 'print(1)', 'n = 5 * 2'].join('\n');
    assert.deepEqual(readParameters(source), {});
  });

  it('keeps the last value of a name', () => {
    assert.deepEqual(readParameters('a = 1\na = 2'), { a: '2' });
  });
});
