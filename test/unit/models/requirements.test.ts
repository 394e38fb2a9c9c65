import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { isSameVersion, packageLines, readRequirements, withoutPackages } from '../../../server/models/requirements.ts';

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

const refused: readonly (readonly [line: string, remedy: RegExp])[] = [
  ['--extra-index-url https://packages.example.org/simple', /pip config set/],
  ['-i https://packages.example.org/simple', /pip config set/],
  ['--index-url=https://packages.example.org/simple', /pip config set/],
  ['--find-links http://127.0.0.1:9/', /pip config set/],
  ['--trusted-host packages.example.org', /pip config set/],
  ['-r more.txt', /into this one/],
  ['-rmore.txt', /into this one/],
  ['-c https://packages.example.org/constraints.txt', /into this one/],
  ['-c ../constraints.txt', /into this one/],
  ['-e .', /Publish the package/],
  ['./wheels/mine.whl', /Publish the package/],
  ['mine.whl', /Publish the package/],
  ['/srv/mine', /Publish the package/],
  ['C:\\mine', /Publish the package/],
  ['file:///srv/mine.whl', /Publish the package/],
  ['mine @ https://packages.example.org/mine.whl', /Publish the package/],
  ['mine@file:///srv/mine.whl', /Publish the package/],
  ['git+https://example.org/mine.git', /Publish the package/],
  ['--pre', /by name and version/],
  ['six==1.16.0 --hash=sha256:00', /Correct the line/],
  ['six==1.16.0 ; python_version > "3" --global-option=x', /Correct the line/],
  ['six==${SECRET}', /Correct the line/],
];

for (const [line, remedy] of refused) {
  test(`the line ${line} is refused by name`, () => {
    assert.throws(
      () => packageLines(`six==1.16.0\n${line}\n`, 'requirements.txt'),
      (error) => Problem.is(error, 'invalid-input') && error.field === 'requirements.txt' && error.message.includes(JSON.stringify(line)) && remedy.test(error.remedy ?? ''),
    );
  });
}

test('an option behind a line end that only pip knows is refused', () => {
  for (const end of ['\u2028', '\f', '\x85', '\r', '\v', '\x1c', ' \\\n']) {
    assert.throws(() => packageLines(`six==1.16.0 # fine${end}--extra-index-url http://127.0.0.1:9/\n`, 'requirements.txt'), (error) => Problem.is(error, 'invalid-input'), JSON.stringify(end));
  }
});

test('what names packages is passed on line by line, without comments and continuations', () => {
  const text = '\ufeff# coding: utf-7\nscikit-learn==1.6.1 ; python_version >= "3.9"  # as trained\r\nuvicorn[standard]>=0.30,<1\nnumpy ( >=2 )\nmy.pkg \\\n  ~= 1.0\n-c constraints.txt\n\nsix';
  assert.equal(packageLines(text, 'requirements.txt'), 'scikit-learn==1.6.1 ; python_version >= "3.9"\nuvicorn[standard]>=0.30,<1\nnumpy ( >=2 )\nmy.pkg   ~= 1.0\n-c constraints.txt\nsix\n');
  assert.throws(() => packageLines('-c constraints.txt\n', 'constraints.txt'), (error) => Problem.is(error, 'invalid-input') && error.field === 'constraints.txt');
});
