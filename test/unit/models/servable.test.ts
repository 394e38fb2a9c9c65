import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flavors, fileOf, serializationOf, servedFlavor, type ServedFlavor } from '../../../server/models/flavors.ts';
import { readMlmodel, type Mlmodel } from '../../../server/models/mlmodel.ts';
import { pinnedPackages, requireSavedVersion, requireServable, rivalPackages } from '../../../server/models/servable.ts';
import { Problem } from '../../../server/platform/errors.ts';

function mlmodelOf(content: Record<string, Record<string, unknown>>): Mlmodel {
  const mlmodel = readMlmodel(JSON.stringify({ flavors: content }));
  assert.ok(mlmodel);
  return mlmodel;
}

function servedOf(content: Record<string, Record<string, unknown>>): ServedFlavor {
  return requireServable('churn', mlmodelOf(content));
}

function refused(refuse: () => unknown, field: string): Problem {
  try {
    refuse();
  } catch (error) {
    assert.ok(Problem.is(error, 'invalid-input'));
    assert.equal(error.field, field);
    assert.ok(error.remedy);
    return error;
  }
  return assert.fail('it was accepted');
}

test('a flavor that is not served is refused with all that are', () => {
  const problem = refused(() => servedOf({ statsmodel: {} }), 'flavors');
  assert.match(problem.message, /churn has the flavor statsmodel,/);
  for (const { logger, label } of flavors) {
    assert.ok(problem.remedy?.includes(`${logger} (${label})`), logger);
  }
  assert.match(refused(() => servedOf({ one: {}, other: {} }), 'flavors').message, /one, other/);
  refused(() => servedOf({}), 'flavors');
  refused(() => servedOf({ constructor: {}, ['__proto__']: {} }), 'flavors');
});

test('a model whose flavor has no row is a Python function, which no version of mlflow is compared with', () => {
  const served = servedOf({ elsewhere: {}, python_function: { loader_module: 'mlflow.elsewhere', python_model: 'python_model.pkl', python_model_compression: 'lzma' } });
  assert.deepEqual([served.flavor.name, served.flavor.byMlflow, serializationOf(served)], ['python_function', true, 'lzma']);
  assert.equal(servedOf({ sklearn: {}, python_function: {} }).flavor.name, 'sklearn', 'its own flavor comes first');
  requireSavedVersion('churn', served, [{ name: 'mlflow', version: '2.0.0' }], 'there');
});

test('a predict method that is not served is refused with those that are', () => {
  const field = 'flavors.python_function.predict_fn';
  const problem = refused(() => servedOf({ sklearn: {}, python_function: { predict_fn: 'transform' } }), field);
  assert.match(`${problem.message} ${problem.remedy}`, /called by transform.*predict_proba/);
  refused(() => servedOf({ xgboost: {}, python_function: { predict_fn: 'predict_proba' } }), field);
  assert.equal(servedOf({ sklearn: {}, python_function: { predict_fn: 'predict_proba' } }).flavor.name, 'sklearn');
});

test('a serialization that is not read is refused with those that are', () => {
  const problem = refused(() => servedOf({ sklearn: { serialization_format: 'onnx' } }), 'flavors.sklearn.serialization_format');
  assert.match(`${problem.message} ${problem.remedy}`, /serialized as onnx.*skops, pickle, cloudpickle, joblib/);
  assert.equal(serializationOf(servedOf({ sklearn: {} })), 'pickle');
  assert.equal(serializationOf(servedOf({ xgboost: { model_format: 'json' } })), 'json');
});

test("a booster of LightGBM is in the library's own format, whatever is said of its estimators", () => {
  const settings = { data: 'model.lgb', serialization_format: 'cloudpickle' };
  assert.equal(serializationOf(servedOf({ lightgbm: { ...settings, model_class: 'lightgbm.basic.Booster' } })), 'text');
  assert.equal(serializationOf(servedOf({ lightgbm: { ...settings, model_class: 'lightgbm.sklearn.LGBMClassifier' } })), 'cloudpickle');
});

test('the model file is the one that its flavor names, else python_function', () => {
  const fileIn = (content: Record<string, Record<string, unknown>>): string | undefined => {
    const mlmodel = mlmodelOf(content);
    const served = servedFlavor(mlmodel);
    assert.ok(served);
    return fileOf(served, mlmodel);
  };
  assert.equal(fileIn({ sklearn: { pickled_model: 'a.pkl' }, python_function: { model_path: 'b.pkl' } }), 'a.pkl');
  assert.equal(fileIn({ sklearn: {}, python_function: { model_path: 'b.pkl' } }), 'b.pkl');
  assert.equal(fileIn({ xgboost: { data: 'model.ubj' } }), 'model.ubj');
  assert.equal(fileIn({ xgboost: {} }), undefined);
});

test('a pin that differs from the version that the model was saved with is refused', () => {
  const served = servedOf({ sklearn: { sklearn_version: '1.9.1' } });
  const check = (requirements: string): void => requireSavedVersion('churn', served, pinnedPackages(requirements), 'pinned in its requirements.txt');
  const problem = refused(() => check('numpy==2.4.6\nScikit_Learn==1.5.0\n'), 'requirements.txt');
  assert.equal(problem.message, 'The model churn was saved with scikit-learn 1.9.1, but 1.5.0 is pinned in its requirements.txt.');
  assert.equal(problem.remedy, 'Require scikit-learn==1.9.1 when the model is logged, or train it again with 1.5.0.');
  for (const requirements of ['scikit-learn==1.9.1', 'scikit-learn == 1.9.1.0', 'scikit-learn', 'scikit-learn>=1', 'scikit-learn==1.*', 'numpy==1', '']) {
    check(requirements);
  }
});

test('a version is compared whichever of its packages brings the library', () => {
  const served = servedOf({ xgboost: { xgb_version: '3.2.0' } });
  refused(() => requireSavedVersion('churn', served, [{ name: 'xgboost-cpu', version: '3.1.0' }], 'there'), 'requirements.txt');
  requireSavedVersion('churn', served, [{ name: 'xgboost-cpu', version: '3.2.0' }], 'there');
});

test('of two packages that bring one module the smaller stays', () => {
  const served = servedOf({ xgboost: {} });
  assert.deepEqual([...rivalPackages(served, 'xgboost==3.2.0\nxgboost-cpu==3.2.0\n')], ['xgboost']);
  assert.deepEqual([...rivalPackages(served, 'xgboost==3.2.0\n')], []);
  assert.deepEqual([...rivalPackages(served, 'XGBoost_CPU==3.2.0\n')], []);
});
