import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogLoss } from '../../../server/contract/deployments.ts';
import { createLossNotices } from '../../../extension/monitoring/lossNotices.ts';

const loss = (from: number, open: boolean, requests = 3): { name: string; logLoss: LogLoss } => ({ name: 'churn', logLoss: { from, to: from + 1000, requests, failure: 'the disk is full', open } });

describe('what the editor tells of an inference log that loses requests', () => {
  it('is the beginning once, and the end once with a number and a span', () => {
    const notices = createLossNotices();
    assert.equal(notices.of({ name: 'churn' }, true), undefined);
    assert.match(notices.of(loss(0, true), true)?.text ?? '', /^Endpoint churn: Requests are answered and not logged since .*: the disk is full\. Free some space/);
    assert.equal(notices.of(loss(0, true, 4), true), undefined);
    const end = notices.of(loss(0, false, 295), true);
    assert.equal(end?.severity, 'information');
    assert.match(end.text, /^Endpoint churn: 295 requests from .* to .* were answered and are not in the log/);
    assert.equal(notices.of(loss(0, false, 295), true), undefined);
    assert.equal(notices.of(loss(90_000, true), true)?.severity, 'warning');
  });

  it('is not what had ended before the window was there, but what ended between two looks', () => {
    const notices = createLossNotices();
    assert.equal(notices.of(loss(0, false), false), undefined);
    assert.equal(notices.of(loss(0, false), true), undefined);
    assert.equal(notices.of(loss(90_000, false), true)?.severity, 'information');
  });
});
