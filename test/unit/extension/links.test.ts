import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLink } from '../../../extension/companion/links.ts';
import { promotionLink } from '../../../server/contract/promotions.ts';

describe('a link into the editor', () => {
  it('names a run, an experiment, a registered model or a promotion', () => {
    assert.deepEqual(readLink('/run/0123456789abcdef0123456789abcdef'), { kind: 'run', runId: '0123456789abcdef0123456789abcdef' });
    assert.deepEqual(readLink('/experiment/12'), { kind: 'experiment', experimentId: '12' });
    assert.deepEqual(readLink('/model/churn ü v2'), { kind: 'model', name: 'churn ü v2' });
    assert.deepEqual(readLink(new URL(promotionLink(12)).pathname), { kind: 'promotion', id: 12 });
  });

  it('is none with anything else in it', () => {
    for (const path of [
      '',
      '/',
      'run/ab',
      '/run',
      '/run/',
      '/run/ab/cd',
      '/run/../model/churn',
      '/run/ab;rm',
      `/run/${'a'.repeat(65)}`,
      '/run/ab\n',
      '/experiment/1 2',
      '/model/a:b',
      '/model/churn\u0000',
      '/model/churn\u202egnp',
      '/model/churn\u2028',
      `/model/${'m'.repeat(257)}`,
      '/command/slipway.deploy',
      '/promotion/0',
      '/promotion/1e3',
      '/promotion/-1',
      '/promotion/12/approve',
      '//run/ab',
    ]) {
      assert.equal(readLink(path), undefined, JSON.stringify(path));
    }
  });
});
