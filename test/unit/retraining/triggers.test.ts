import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueByAlert, type FiringAlert } from '../../../server/retraining/triggers.ts';

const drift: FiringAlert = { rule: 'drift', endpoint: 'churn', summary: 'tenure_months has moved.', firedAt: 2000 };
const triggers = (changes: { drift?: boolean; performance?: boolean }) => ({ triggers: { drift: false, performance: false, data: [], ...changes } });

test('an alert asks for one retraining, by the trigger that names its rule, and not again while it goes on', () => {
  assert.partialDeepStrictEqual(dueByAlert(triggers({ drift: true }), [drift], undefined), { trigger: 'drift' });
  assert.match(dueByAlert(triggers({ drift: true }), [drift], 1999)?.cause ?? '', /^churn, since .*: tenure_months has moved\.$/);
  assert.equal(dueByAlert(triggers({ drift: true }), [drift], 2000), undefined);
  assert.equal(dueByAlert(triggers({ performance: true }), [drift], undefined), undefined);
  assert.equal(dueByAlert(triggers({}), [drift], undefined), undefined);
  assert.equal(dueByAlert(triggers({ drift: true, performance: true }), [{ ...drift, firedAt: 10 }, { ...drift, rule: 'performance', firedAt: 30 }], 20)?.trigger, 'performance');
});
