import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replicaRoute } from '../../../server/gateway/routeFile.ts';

describe('the address of a replica', () => {
  it('is a host and a port, on this machine or another', () => {
    for (const address of ['127.0.0.1:49213', 'churn-0.churn.svc.cluster.local:8080', '10.1.2.3:80', '[::1]:8080', '[fe80::1]:65535']) {
      assert.equal(replicaRoute.safeParse({ id: 'a', address }).success, true, address);
    }
  });

  it('is no URL, no path and no bare host', () => {
    for (const address of ['http://a:1', 'a', 'a:', ':80', 'a:1/x', '::1:80', 'a b:1', '[a]:1\n', 'user@host:1']) {
      assert.equal(replicaRoute.safeParse({ id: 'a', address }).success, false, address);
    }
  });
});
