import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAssignedLiterals, readParameters } from '../../../server/notebooks/parameters.ts';

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

describe('readAssignedLiterals', () => {
  it('takes what may be a hyperparameter from an ordinary cell', () => {
    const source = ['max_depth = 3', 'rate: float = -1e-3', 'balanced = False', "kind = 'gini'", 'hidden = [64, 32]', 'shape = (8, 8)'].join('\n');
    assert.deepEqual(readAssignedLiterals(source), { max_depth: '3', rate: '-1e-3', balanced: 'False', kind: 'gini', hidden: '[64, 32]', shape: '(8, 8)' });
  });

  it('leaves out names of columns, data, secrets, private names and long texts', () => {
    const source = ['columns = ["age", "income"]', 'data = {"a": 1}', 'nothing = None', '_seed = 1', 'token = "••••••"', `text = "${'x'.repeat(300)}"`, 'rows = [load()]'].join('\n');
    assert.deepEqual(readAssignedLiterals(source), {});
  });
});
