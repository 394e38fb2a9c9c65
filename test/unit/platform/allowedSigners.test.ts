import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAllowedSigners } from '../../../server/platform/ssh/allowedSigners.ts';

/** Made with `ssh-keygen -t ed25519`; fingerprints by `ssh-keygen -l`. */
const [bob, bobsPrint] = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH420os7/G8SfMYUFxXJxmwq0uUxXmufy4mYRDSnWpCA', 'SHA256:OBf/1FkXEMCCqIv15T54Pi/WGhZ0a8b0FfoTSfM74z0'];
const [eve, evesPrint] = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPZRraHOrlTkJ0JOluCVILQC9gUk9dUkWaIq517QWS0', 'SHA256:2PG206Htyrn6cEe8fwdAOZjOcYwPErgoidm/WN98sMg'];

describe('allowed signers', () => {
  it('are read with names, options and the fingerprints that ssh-keygen prints', () => {
    const { signers, problem } = readAllowedSigners(`# team\n\nbob@example.com ${bob} bob's laptop\n"eve b" namespaces="git,slipway-approval",valid-before="20300101" ${eve}\r\n`);
    assert.equal(problem, undefined);
    assert.deepEqual(signers.map(({ principal, key }) => [principal, key]), [['bob@example.com', bobsPrint], ['eve b', evesPrint]]);
    assert.equal(signers[1]?.line, `"eve b" namespaces="git,slipway-approval",valid-before="20300101" ${eve}`);
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ['# nobody\n', /^it names nobody$/],
    [`bob@example.com ${bob}\n*@example.com ${eve}`, /^line 2 names several people or a pattern/],
    [`bob,robert ${bob}`, /^line 1 names several people/],
    [`bob cert-authority ${bob}`, /^line 1 is an authority/],
    [`bob namespaces="git",CERT-AUTHORITY ${bob}`, /^line 1 is an authority/],
    [`bob ${bob}\nrobert ${bob}`, /^line 2 has the key of another line under another name$/],
    [bob, /^line 1 is no name followed by an SSH public key$/],
    [`bob ssh-rsa ${bob.split(' ')[1] ?? ''}`, /^line 1 is no name/],
    ['bob ssh-ed25519 AAAA', /^line 1 is no name/],
    [`bob ${'a"'.repeat(30_000)}`, /^line 1 is no name/],
    ['x'.repeat(65_537), /more than 65536 characters/],
  ];
  for (const [text, says] of refused) {
    it(`are nobody's where one is not one person: ${text.slice(0, 60)}`, () => {
      const { signers, problem } = readAllowedSigners(text);
      assert.match(problem ?? '', says);
      assert.deepEqual(signers, []);
    });
  }
});
