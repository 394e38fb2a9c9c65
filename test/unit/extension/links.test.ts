import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linkPath, readLink } from '../../../extension/companion/links.ts';
import { promotionLink } from '../../../server/contract/promotions.ts';

describe('a link into the editor', () => {
  it('names a run, an experiment, a registered model or a promotion', () => {
    assert.deepEqual(readLink('/run/0123456789abcdef0123456789abcdef'), { kind: 'run', runId: '0123456789abcdef0123456789abcdef' });
    assert.deepEqual(readLink('/experiment/12'), { kind: 'experiment', experimentId: '12' });
    assert.deepEqual(readLink('/model/churn ü v2'), { kind: 'model', name: 'churn ü v2' });
    assert.deepEqual(readLink(new URL(promotionLink(12)).pathname), { kind: 'promotion', id: 12 });
  });

  it('names a version, an endpoint or a release', () => {
    assert.deepEqual(readLink('/version/churn ü/12'), { kind: 'version', name: 'churn ü', version: 12 });
    assert.deepEqual(readLink('/endpoint/churn-eu'), { kind: 'endpoint', endpoint: 'churn-eu' });
    assert.deepEqual(readLink('/release/0123abcd'), { kind: 'release', digest: '0123abcd' });
  });

  it('is written as it is read, and not for a name that none can carry', () => {
    for (const link of [{ kind: 'run', runId: 'ab-1' }, { kind: 'experiment', experimentId: '12' }, { kind: 'model', name: 'churn ü %2F' }, { kind: 'version', name: '50% off?', version: 3 }, { kind: 'endpoint', endpoint: 'a' }, { kind: 'release', digest: 'abcdef' }] as const) {
      assert.deepEqual(readLink(decodeURIComponent(linkPath(link) ?? '')), link);
    }
    assert.equal(linkPath({ kind: 'model', name: 'a/b' }), undefined);
    assert.equal(linkPath({ kind: 'version', name: 'a\nb', version: 1 }), undefined);
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
      '/version/churn',
      '/version/churn/0',
      '/version/churn/1/2',
      '/version/churn/1e3',
      '/version/a:b/1',
      '/endpoint/Churn',
      '/endpoint/a b',
      '/release/xyz123',
      '/release/ab',
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
