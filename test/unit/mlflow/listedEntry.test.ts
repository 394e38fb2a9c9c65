import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoEntry } from '../../../server/mlflow/client/listedEntry.ts';

describe('an entry that a server lists', () => {
  it('is one where it lies below the folder that was listed', () => {
    for (const [path, folder] of [['model', ''], ['model/MLmodel', 'model'], ['a..b/c:d', 'a..b']] as const) {
      assert.equal(whyNoEntry(path, folder), undefined, path);
    }
  });

  it('is none where it leads elsewhere, on whatever system, or has no end', () => {
    for (const [path, folder] of [['', ''], ['..', ''], ['a/./b', 'a'], ['a//b', 'a'], ['/etc/x', ''], ['a', 'a'], ['ab/c', 'a'], ['b/c', 'a'], ['C:/x', ''], ['c:x', ''], ['a\0b', '']] as const) {
      assert.equal(whyNoEntry(path, folder), 'the server lists it at a path that leads elsewhere', JSON.stringify(path));
    }
    assert.equal(whyNoEntry('a'.repeat(4096), ''), undefined);
    assert.equal(whyNoEntry('a'.repeat(4097), ''), 'its path has more than 4096 characters');
  });
});
