import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { parseImageReference } from '../../../server/releases/images/imageReference.ts';

describe('the name of an image in a registry', () => {
  it('is read as the engine reads it', () => {
    assert.deepEqual(parseImageReference('localhost:5000/team/churn', '7'), { registry: 'localhost:5000', repository: 'localhost:5000/team/churn', tag: '7' });
    assert.deepEqual(parseImageReference('registry.example.com/churn:v2.1_x', '7'), { registry: 'registry.example.com', repository: 'registry.example.com/churn', tag: 'v2.1_x' });
    assert.deepEqual(parseImageReference('[::1]:5000/churn', '7'), { registry: '[::1]:5000', repository: '[::1]:5000/churn', tag: '7' });
    assert.deepEqual(parseImageReference('localhost/churn', '7'), { registry: 'localhost', repository: 'localhost/churn', tag: '7' });
    assert.deepEqual(parseImageReference('ada/churn', '7'), { registry: 'docker.io', repository: 'ada/churn', tag: '7' });
  });

  for (const text of ['', 'Registry.example.com/Churn', 'localhost:5000/', 'a b', 'host.example/churn:', 'host.example/churn@sha256:00', '../churn', 'host.example/churn:tag:tag', `host.example/${'a'.repeat(260)}`, '-host.example/churn\n']) {
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseImageReference(text, '7'), (error) => Problem.is(error, 'invalid-input') && error.field === 'to');
    });
  }
});
