import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinApproval, readApproval, splitApproval, writeApproval, type ApprovalContent } from '../../../server/contract/approvalText.ts';

const content: ApprovalContent = {
  promotion: 3,
  endpoint: 'churn',
  model: 'churn',
  version: 7,
  release: 'a'.repeat(64),
  requester: 'ada',
  request: 'trained on May:\nrelease: "0"\n2 points better',
  requested: Date.UTC(2026, 10, 30, 8, 1, 2, 3),
  reason: 'figures checked — "callers" know',
  time: Date.UTC(2026, 10, 30, 9),
};

describe('the text of an approval', () => {
  it('is one field a line, whatever the fields hold, and is read as it was written', () => {
    const text = writeApproval(content);
    assert.deepEqual(text.split('\n').map((line) => line.split(':')[0]), ['slipway approval 1', 'promotion', 'endpoint', 'model', 'version', 'release', 'requester', 'request', 'requested', 'reason', 'time', '']);
    assert.deepEqual(readApproval(text), content);
  });

  it('is nothing else that says the same', () => {
    const text = writeApproval(content);
    const others = [`${text}\n`, text.trimEnd(), text.replace('version: 7', 'version: 7.0'), text.replace('version: 7', 'version:  7'), text.replace('approval 1', 'approval 2'), text.replace('.003Z', '.003+00:00'), `${text}more: 1\n`, text.replace('promotion: 3\n', ''), text.replace('promotion: 3', '__proto__: 3'), ''];
    assert.deepEqual(others.map(readApproval), others.map(() => undefined));
  });

  it('travels with its signature as one file, also through a repository that changes the ends of lines', () => {
    const signed = { text: writeApproval(content), signature: '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n' };
    assert.deepEqual(splitApproval(joinApproval(signed)), signed);
    assert.deepEqual(splitApproval(joinApproval(signed).replaceAll('\n', '\r\n')), signed);
    assert.equal(splitApproval(signed.text), undefined);
  });
});
