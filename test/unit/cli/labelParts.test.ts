import assert from 'node:assert/strict';
import { it } from 'node:test';
import { partsOf } from '../../../server/cli/labelCommands.ts';

it('a file of labels is cut between rows, each part of CSV with the header', () => {
  assert.deepEqual(partsOf('request_id,label\na,"one\ntwo"\n\nb,1\nc,0', true, 2), ['request_id,label\na,"one\ntwo"\n\nb,1\n', 'request_id,label\nc,0']);
  assert.deepEqual(partsOf('{"a": "\\""}\n{"b": 1}\n{"c": 1}\n', false, 2), ['{"a": "\\""}\n{"b": 1}\n', '{"c": 1}\n']);
  assert.deepEqual(partsOf('request_id,label\n', true), ['request_id,label\n']);
});
