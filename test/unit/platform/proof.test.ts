import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProof, newNonce, prove } from '../../../server/platform/http/proof.ts';

test('a proof fits one question, one token, one process and one port', () => {
  const nonce = newNonce();
  const proof = prove('token', nonce, 7, 5077) ?? '';
  assert.ok(isProof(proof, 'token', nonce, 7, 5077));
  // A program on another port that passes the question on to the companion gets an answer, and not one for itself.
  for (const [token, asked, pid, port] of [
    ['other', nonce, 7, 5077],
    ['token', newNonce(), 7, 5077],
    ['token', nonce, 8, 5077],
    ['token', nonce, 7, 5078],
  ] as const) {
    assert.equal(isProof(proof, token, asked, pid, port), false);
  }
  for (const other of [null, '', 'x', `${proof}x`, proof.slice(1)]) {
    assert.equal(isProof(other, 'token', nonce, 7, 5077), false);
  }
});

test('nothing is proved of what is no question', () => {
  for (const nonce of ['', 'a', 'a'.repeat(31), 'a'.repeat(33), `${'a'.repeat(31)}\n`, `${'a'.repeat(32)}\n`]) {
    assert.equal(prove('token', nonce, 7, 5077), undefined, JSON.stringify(nonce));
    assert.equal(isProof('', 'token', nonce, 7, 5077), false);
  }
});
