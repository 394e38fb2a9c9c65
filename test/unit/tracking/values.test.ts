import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { checkArtifactPath, pathOfUri } from '../../../server/artifacts/artifactPath.ts';
import { fromWire, toWire } from '../../../server/contract/metricValues.ts';
import { checkKey } from '../../../server/platform/names.ts';
import { decodeToken, encodeToken, readOffset } from '../../../server/tracking/local/search/pageToken.ts';

describe('the value of a metric', () => {
  it('survives JSON, also when it is no finite number', () => {
    for (const value of [0, -1.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.ok(Object.is(fromWire(JSON.parse(JSON.stringify(toWire(value)))), value), String(value));
    }
  });

  it('may come as text, but not as anything else', () => {
    assert.equal(fromWire('0.5'), 0.5);
    for (const value of ['', 'high', true, null, [], {}]) {
      assert.equal(fromWire(value), undefined);
    }
  });
});

describe('the path of an artifact', () => {
  it('is a relative path of plain parts', () => {
    assert.equal(checkArtifactPath('0/run/artifacts/model/MLmodel'), '0/run/artifacts/model/MLmodel');
    assert.equal(checkArtifactPath('a/100% done.txt'), 'a/100% done.txt');
    assert.equal(checkArtifactPath('folder/'), 'folder');
    assert.equal(checkArtifactPath(''), '');
    assert.equal(checkArtifactPath('a//b/./c/.'), 'a/b/c');
    assert.equal(checkArtifactPath('./.hidden'), '.hidden');
    assert.equal(checkArtifactPath('a/..b/c..'), 'a/..b/c..');
  });

  it('that would lead elsewhere is refused, however it is written', () => {
    for (const path of ['..', '../a', 'a/../b', 'a/..', '/a', '\\a', 'a\\..\\b', 'c:/a', 'C:a', 'a/%2e%2e/b', 'a/%252e%252e/b', '%2fa', 'a#b', 'a\0b']) {
      assert.throws(
        () => checkArtifactPath(path),
        (error) => Problem.is(error, 'invalid-input') && error.message.startsWith('Invalid path'),
        path,
      );
    }
  });

  it('is found in a URI of the proxy scheme alone', () => {
    assert.equal(pathOfUri('mlflow-artifacts:/1/run/artifacts'), '1/run/artifacts');
    assert.equal(pathOfUri('mlflow-artifacts://localhost:5000/1/run'), '1/run');
    assert.equal(pathOfUri('s3://bucket/1'), undefined);
    assert.equal(pathOfUri('/etc/passwd'), undefined);
  });
});

describe('the name of a metric, param or tag', () => {
  it('may hold letters of any script, digits, dashes, dots, spaces, colons and slashes', () => {
    for (const key of ['loss', 'val/loss', 'a b', 'a.b-c:d', 'précision', 'mlflow.source.name', 'a'.repeat(250)]) {
      assert.doesNotThrow(() => checkKey(key, 'key'), key);
    }
  });

  it('is refused when it is no plain relative path or too long', () => {
    for (const key of ['', '..', '../a', '/a', 'a//b', 'a/./b', 'a/', 'a\nb', 'a,b', 'a'.repeat(251)]) {
      assert.throws(() => checkKey(key, 'key'), Problem, JSON.stringify(key));
    }
  });
});

describe('a page token', () => {
  it('carries the place of the next page', () => {
    assert.equal(readOffset(encodeToken({ offset: 300 })), 300);
    assert.equal(readOffset(undefined), 0);
    assert.deepEqual(decodeToken(encodeToken({ query: 'x' })), { query: 'x' });
  });

  it('that was made up is refused', () => {
    for (const token of ['???', 'abc', encodeToken({ offset: -1 }), encodeToken({ offset: 'x' }), Buffer.from('[').toString('base64')]) {
      assert.throws(() => readOffset(token), Problem, token);
    }
  });
});
