import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { buildsOf, compatiblePlatforms, formatLock, parseLock, platformFamily, wheelsBut, withoutMlflow } from '../../../server/releases/environments/requirements.ts';

const target = { python: '3.11', platform: 'manylinux_2_36_x86_64' };
const [a, b] = ['a'.repeat(64), 'b'.repeat(64)] as const;

test('a lock has the same text whatever the order in which packages were found', () => {
  const [six, joblib] = [
    { name: 'six', version: '1.16.0', hashes: [b, a] },
    { name: 'joblib', version: '1.4.2', hashes: [a] },
  ] as const;
  const text = formatLock(target, [six, joblib]);
  assert.equal(text, formatLock(target, [joblib, { ...six, hashes: [a, b] }]));
  assert.deepEqual(text.split('\n'), [
    '# python 3.11',
    '# platform manylinux_2_36_x86_64',
    `joblib==1.4.2 --hash=sha256:${a}`,
    `six==1.16.0 --hash=sha256:${a} --hash=sha256:${b}`,
    '',
  ]);
});

test('a lock is read back, and so is what uv writes', () => {
  assert.deepEqual(parseLock(`PyYAML[x]==6.0.2 \\\n    --hash=sha256:${a} \\\n    --hash=sha256:${b}\n# comment\n`), [
    { name: 'pyyaml', version: '6.0.2', hashes: [a, b] },
  ]);
});

test('a line of a lock without a version or a hash is refused', () => {
  for (const line of ['six==1.16.0', `six @ https://example.org/six.whl --hash=sha256:${a}`]) {
    assert.throws(() => parseLock(line), (error) => Problem.is(error, 'invalid-input'));
  }
});

test('mlflow is left out of what the model server loads by itself, and nothing else', () => {
  const requirements = 'mlflow==3.1.0\nMLflow_skinny>=2\nmlflow-tracing\nmlflow-helpers==1\n-c constraints.txt\nscikit-learn==1.6.1\n';
  assert.equal(withoutMlflow(requirements), 'mlflow-helpers==1\n-c constraints.txt\nscikit-learn==1.6.1\n');
});

test('a lock says which packages may be built, and nothing else may', () => {
  const text = formatLock(target, [{ name: 'six', version: '1.16.0', hashes: [a] }], ['My_Package', 'annoy']);
  assert.deepEqual(buildsOf(text), ['annoy', 'my-package']);
  assert.deepEqual(parseLock(text).map(({ name }) => name), ['six']);
  assert.deepEqual(wheelsBut(buildsOf(text)), ['--only-binary', ':all:', '--no-binary', 'annoy', '--no-binary', 'my-package']);
});

test('a platform takes the wheels of older C libraries, but of no newer ones', () => {
  const tags = compatiblePlatforms('manylinux_2_28_aarch64');
  assert.equal(tags[0], 'manylinux_2_28_aarch64');
  assert.ok(tags.includes('manylinux_2_17_aarch64') && tags.includes('manylinux2014_aarch64') && tags.includes('linux_aarch64'));
  assert.ok(!tags.includes('manylinux_2_31_aarch64'));
  assert.deepEqual(compatiblePlatforms('win_amd64'), ['win_amd64']);
});

test('platforms of one family differ in nothing but the version of the C library', () => {
  assert.equal(platformFamily('manylinux_2_28_x86_64'), platformFamily('manylinux_2_36_x86_64'));
  assert.notEqual(platformFamily('manylinux_2_28_x86_64'), platformFamily('musllinux_1_2_x86_64'));
  assert.notEqual(platformFamily('manylinux_2_28_x86_64'), platformFamily('manylinux_2_28_aarch64'));
});
