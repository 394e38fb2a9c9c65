import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameVersion, readRequirements, withoutPackages } from '../../../server/models/requirements.ts';

test('packages are read with the version that they are pinned to', () => {
  const text = '# made by mlflow\nscikit-learn==1.6.1 ; python_version >= "3.9"\nuvicorn[standard] == 0.30\nnumpy>=2\nscipy===1.2,<2\n-c constraints.txt\nx==1.*\n\n';
  assert.deepEqual(
    readRequirements(text).map(({ name, pinned }) => [name, pinned]),
    [['scikit-learn', '1.6.1'], ['uvicorn', '0.30'], ['numpy', undefined], ['scipy', '1.2'], ['x', '1.*']],
  );
});

test('packages are left out by name, and nothing else changes', () => {
  const text = '# xgboost\nXGBoost==3.2.0\nxgboost-cpu==3.2.0\n-r xgboost\n';
  assert.equal(withoutPackages(text, new Set(['xgboost'])), '# xgboost\nxgboost-cpu==3.2.0\n-r xgboost\n');
});

test('versions are the same release whatever their zeros and local labels', () => {
  for (const [one, other] of [['1.5', '1.5.0'], ['2.1.0+cpu', '2.1.0'], ['V1.0RC1', '1.0rc1']] as const) {
    assert.ok(isSameVersion(one, other), `${one} ${other}`);
  }
  for (const [one, other] of [['1.5.0', '1.5.1'], ['1.50', '1.5'], ['1.5.0rc1', '1.5.0']] as const) {
    assert.ok(!isSameVersion(one, other), `${one} ${other}`);
  }
});
