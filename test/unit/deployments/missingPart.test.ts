import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { missingPart, remedyFor } from '../../../server/deployments/loadChecks/missingPart.ts';

const pickled = 'The pickle model.pkl imports utils.ages.Ages when it is loaded, which neither its requirements nor the code that was logged with it brings.';

test('what a version lacks is a file of the folder of its notebook, else a package', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-missing-'));
  try {
    const notebook = path.join(folder, 'churn.ipynb');
    assert.deepEqual(missingPart(pickled, notebook), { kind: 'package', name: 'utils' });
    writeFileSync(path.join(folder, 'utils.py'), '');
    assert.deepEqual(missingPart(pickled, notebook), { kind: 'file', name: 'utils.py' });
    assert.deepEqual(missingPart(pickled, undefined), { kind: 'package', name: 'utils' });
    assert.deepEqual(missingPart('The replica ended before it was ready (exit code 3). The model needs the package lifelines, which is not installed in the serving environment.', notebook), { kind: 'package', name: 'lifelines' });
    assert.equal(missingPart('The pickle model.pkl imports os.system when it is loaded, which models do not need, and which can act on the machine.', notebook), undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the remedy is the call that brings it', () => {
  assert.match(remedyFor({ kind: 'file', name: 'utils.py' }, { name: 'churn' }), /^Bundle it: .*slipway\.register\(model, "churn", \.\.\., code=\["utils\.py"\]\)\.$/);
  assert.match(remedyFor({ kind: 'package', name: 'lifelines' }, { name: 'churn' }), /requirements=\["lifelines"\]\)\.$/);
});
