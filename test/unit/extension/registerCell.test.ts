import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { indexAfterAssignment, registerCellSource } from '../../../extension/notebooks/registerCell.ts';

const cell = (name: string): string[] => registerCellSource({ variable: 'model', name, example: 'X', connect: '# Slipway: connect\nimport mlflow' }).split('\n');

describe('the cell that registers a model', () => {
  it('has the lines that it has for any name, whatever is in the name', () => {
    const plain = cell('churn');
    for (const name of ["churn\nimport os; os.system('id')\n#", 'a"\n"""', 'a\r\nb', 'a$&b', "a' + x + '", 'a\u2028b']) {
      const lines = cell(name);
      assert.equal(lines.length, plain.length, JSON.stringify(name));
      // Only the lines that name the model differ.
      const differing = lines.flatMap((line, index) => (line === plain[index] ? [] : [index]));
      assert.deepEqual(differing, [0, plain.length - 1]);
      assert.equal(lines[0], `# Slipway: register model as ${JSON.stringify(name)}`);
    }
  });

  it('stands behind the last cell that assigns the variable', () => {
    const sources = ['import mlflow', 'model = None', undefined, 'search = fit()\nmodel = search.best_estimator_', 'model.predict(x)'];
    assert.equal(indexAfterAssignment(sources, 'model'), 4);
    assert.equal(indexAfterAssignment(sources, 'search.best_estimator_'), 4);
    assert.equal(indexAfterAssignment(sources, 'other'), undefined);
  });
});
