import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uvKnows, uvVariables } from '../../../server/releases/environments/pipSettings.ts';

test("pip's settings reach uv, the environment before the files", () => {
  const variables = uvVariables([
    "global.index-url='https://files.example.org/simple'",
    ":env:.index-url='https://mirror.example.org/simple'",
    "global.extra-index-url='https://a.example.org/simple\\nhttps://b.example.org/simple'",
    "global.cert='/etc/ssl/company.pem'",
    "global.timeout='60'",
  ]);
  assert.deepEqual(variables, {
    UV_DEFAULT_INDEX: 'https://mirror.example.org/simple',
    UV_INDEX: 'https://a.example.org/simple https://b.example.org/simple',
    SSL_CERT_FILE: '/etc/ssl/company.pem',
    UV_INDEX_STRATEGY: 'unsafe-best-match',
  });
});

test('a setting of pip that uv does not know keeps uv away, one that changes nothing does not', () => {
  assert.equal(uvKnows(["global.index-url='https://files.example.org/simple'", "global.timeout='60'", ":env:.no-input='1'"]), true);
  assert.equal(uvKnows(["global.client-cert='/etc/ssl/me.pem'"]), false);
  assert.equal(uvKnows(["install.keyring-provider='subprocess'"]), false);
  assert.equal(uvKnows(["download.keyring-provider='subprocess'"]), true);
});
