import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeImport, remedyFor } from '../../../server/models/pickleCheck.ts';

const origin = { requirements: 'scikit-learn==1.6.1\nmy-features>=2\nsubprocess\n', ownModules: new Set(['churn_features', 'os']) };

test('what models are made of is allowed', () => {
  for (const [module, name] of [
    ['sklearn.pipeline', 'Pipeline'],
    ['numpy._core.multiarray', '_reconstruct'],
    ['collections', 'OrderedDict'],
    ['builtins', 'set'],
    ['my_features.scaling', 'Scaler'],
  ] as const) {
    assert.equal(judgeImport(module, name, origin), 'allow', `${module}.${name}`);
  }
});

test('what acts is refused, whoever names it', () => {
  for (const [module, name] of [
    ['os', 'system'],
    ['posix', 'system'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['operator', 'methodcaller'],
    ['pip', 'main'],
    ['unheard_of', 'thing'],
    ['sklearnx', 'thing'],
  ] as const) {
    assert.equal(judgeImport(module, name, origin), 'refuse', `${module}.${name}`);
  }
});

test('code that no package installs is warned of', () => {
  assert.equal(judgeImport('__main__', 'clip', origin), 'warn');
  assert.equal(judgeImport('churn_features.clip', 'clip', origin), 'warn');
  assert.equal(judgeImport('cloudpickle.cloudpickle', '_make_function', origin), 'warn');
});

test('code that is the user\'s own is to be logged with the model; code that acts is not', () => {
  assert.match(remedyFor('churn_features.clip'), /code_paths.*brings churn_features\.clip in its requirements.*skops/);
  assert.doesNotMatch(remedyFor('subprocess'), /code_paths|requirements/);
});
