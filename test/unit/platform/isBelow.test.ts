import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isBelow } from '../../../server/platform/files/isBelow.ts';

it('a path is below a folder by its parts, not by how its name begins', () => {
  assert.equal(isBelow('/data', '/data'), true);
  assert.equal(isBelow('/data/..home', '/data'), true);
  assert.equal(isBelow('/data/a/b', '/data'), true);
  assert.equal(isBelow('/database', '/data'), false);
  assert.equal(isBelow('/data/../other', '/data'), false);
});
