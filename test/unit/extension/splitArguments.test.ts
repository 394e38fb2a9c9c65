import assert from 'node:assert/strict';
import { it } from 'node:test';
import { splitArguments } from '../../../extension/notebooks/splitArguments.ts';

it('parts arguments as a shell does', () => {
  assert.deepEqual(splitArguments('--alpha 0.5  --name "first \\"try\\"" --path=\'a b\'/c \\$x ""'), ['--alpha', '0.5', '--name', 'first "try"', '--path=a b/c', '$x', '']);
  assert.deepEqual(splitArguments('  '), []);
});
