import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withScriptArguments } from '../../../server/cli/runCommand.ts';

describe('what stands behind a script', () => {
  it('is the script’s, also where it looks like an option of ours', () => {
    assert.deepEqual(withScriptArguments(['--json', 'run', '--python', 'bin/python', 'train.py', '-p', '3', '--json']), ['--json', 'run', '--python', 'bin/python', 'train.py', '--', '-p', '3', '--json']);
    assert.deepEqual(withScriptArguments(['run', 'train.py']), ['run', 'train.py', '--']);
  });

  it('is not parted twice, and nowhere else', () => {
    for (const words of [['run', 'train.py', '--', 'other.py'], ['run', '--', 'train.py', '-x'], ['run', 'churn.ipynb', '-p', 'C=1'], ['card', 'a.py', '-o'], []]) {
      assert.deepEqual(withScriptArguments(words), words);
    }
  });
});
