import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMlmodel, textSetting } from '../../../server/models/mlmodel.ts';

const whole = `
flavors:
  xgboost:
    data: model.ubj
    xgb_version: 3.2.0
    code: null
  python_function:
    loader_module: mlflow.xgboost
    python_version: 3.11.7
signature:
  inputs: '[{"type": "double", "name": "age", "required": false}, {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}]'
  outputs: '[{"type": "long"}]'
model_size_bytes: 3710
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  serving_input_path: serving_input_example.json
  type: dataframe
`;

test('all that serving and showing a model need is read from one file', () => {
  const mlmodel = readMlmodel(whole);
  assert.ok(mlmodel);
  assert.deepEqual([...mlmodel.flavors.keys()], ['python_function', 'xgboost']);
  assert.equal(textSetting(mlmodel.flavors.get('xgboost'), 'xgb_version'), '3.2.0');
  assert.equal(textSetting(mlmodel.flavors.get('xgboost'), 'code'), undefined);
  assert.equal(mlmodel.python, '3.11.7');
  assert.equal(mlmodel.bytes, 3710);
  assert.deepEqual(mlmodel.signature, {
    inputs: [
      { name: 'age', type: 'double', required: false },
      { type: 'float64', required: true, shape: [-1, 3] },
    ],
    outputs: [{ type: 'long', required: true }],
  });
  assert.deepEqual(mlmodel.example, { request: 'serving_input_example.json', bare: 'input_example.json', kind: 'dataframe', orient: 'split' });
});

test('what a file says wrongly is absent, and the rest is there', () => {
  const mlmodel = readMlmodel("flavors:\n  sklearn:\n  python_function:\n    python_version: 3.11\nsignature:\n  inputs: 'no JSON'\nmodel_size_bytes: many\nsaved_input_example_info: [1]\n");
  assert.deepEqual([...(mlmodel?.flavors.keys() ?? [])], ['python_function', 'sklearn']);
  assert.deepEqual(mlmodel?.flavors.get('sklearn'), {});
  assert.equal(mlmodel?.python, '3.11');
  assert.equal(mlmodel?.signature, undefined);
  assert.equal(mlmodel?.bytes, undefined);
  assert.equal(mlmodel?.example.request, undefined);
});

test('a file that is no MLmodel is none', () => {
  for (const text of ['', '- a\n- b\n', '{', 'flavors: 3\n']) {
    assert.equal(readMlmodel(text), undefined, text);
  }
});
