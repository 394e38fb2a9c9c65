import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../../server/platform/errors.ts';
import { requireIds, type NamedIds } from '../../../server/mlflow/requireIds.ts';

const asked: NamedIds = { request: 'GetMetricHistoryBulk', ids: ['a'], of: 'run_id', field: 'run_id', most: 2 };

function refusal(named: Partial<NamedIds>): Pick<Problem, 'reason' | 'message' | 'field'> | undefined {
  try {
    requireIds({ ...asked, ...named });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Problem);
    return { reason: error.reason, message: error.message, field: error.field };
  }
}

test('one id and as many as there may be are taken', () => {
  assert.equal(refusal({}), undefined);
  assert.equal(refusal({ ids: ['a', 'b'] }), undefined);
});

test('no id and too many are refused in the words of MLflow, which name the request and what is missing', () => {
  assert.deepEqual(refusal({ ids: [] }), { reason: 'invalid-input', message: 'GetMetricHistoryBulk request must specify at least one run_id.', field: 'run_id' });
  assert.deepEqual(refusal({ ids: ['a', 'b', 'c'] }), {
    reason: 'invalid-input',
    message: 'GetMetricHistoryBulk request cannot specify more than 2 run_ids. Received 3 run_ids.',
    field: 'run_id',
  });
  assert.equal(refusal({ request: 'SearchDatasets', of: 'experiment_id', ids: [] })?.message, 'SearchDatasets request must specify at least one experiment_id.');
});
