import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestHeaders, responseHeaders } from '../../../server/platform/http/headers.ts';

describe('headers on their way through the gateway', () => {
  it('leave out what belongs to the connection, also what the Connection header names', () => {
    const rawHeaders = [
      'Host', '127.0.0.1:5080', 'Connection', 'keep-alive, X-Once', 'X-Once', '1', 'Transfer-Encoding', 'chunked', 'Expect', '100-continue', 'TE', 'trailers',
      'Upgrade', 'h2c', 'Content-Type', 'application/json', 'X-Forwarded-For', '6.6.6.6', 'X-Request-Id', 'spoofed', 'Accept', 'a', 'Accept', 'b',
    ];
    const headers = { host: '127.0.0.1:5080', connection: 'keep-alive, X-Once' };
    assert.deepEqual(requestHeaders({ rawHeaders, headers }, 'id-1', '/endpoints/churn'), [
      'Content-Type', 'application/json', 'Accept', 'a', 'Accept', 'b',
      'x-request-id', 'id-1', 'x-forwarded-for', '127.0.0.1', 'x-forwarded-proto', 'http', 'x-forwarded-prefix', '/endpoints/churn', 'x-forwarded-host', '127.0.0.1:5080',
    ]);
  });

  it('keep several cookies and the length of an answer', () => {
    const answer = responseHeaders({ connection: 'close, x-hop', 'x-hop': '1', 'keep-alive': 'timeout=5', 'content-length': '3', 'set-cookie': ['a=1', 'b=2'] });
    assert.deepEqual(answer, { 'content-length': '3', 'set-cookie': ['a=1', 'b=2'] });
  });
});
