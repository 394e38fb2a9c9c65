import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rolloutChecks } from '../../../server/contract/deployments.ts';
import { shadowPlan } from '../../../server/contract/shadow.ts';
import { runShadowChecks } from '../../../server/deployments/rollouts/checks/checks.ts';
import { judgeShadow, type ShadowView } from '../../../server/deployments/rollouts/steps/shadowVerdict.ts';
import { LatencySketch } from '../../../server/gateway/latencySketch.ts';

interface Seen {
  readonly copies?: number;
  readonly failed?: number;
  readonly refused?: number;
  readonly rows?: number;
  readonly agreed?: number;
  readonly minimumAgreement?: number | null;
}

function view({ copies = 100, failed = 0, refused = 0, rows = 100, agreed = 97, minimumAgreement = 0.9 }: Seen, values: Partial<ShadowView> = {}): ShadowView {
  const limits = rolloutChecks.parse({ minimumAgreement });
  const count = { requests: copies, latency: new LatencySketch() };
  const judged = { limits, fresh: { ...count, errors: failed, refused }, live: { ...count, errors: 0, refused: 0 }, answers: undefined };
  return { plan: shadowPlan.parse({}), limits, report: { copies, failed, refused, rows, agreed, dropped: 0, checks: runShadowChecks(judged, { rows, agreed }) }, elapsed: 60_000, promoted: false, ...values };
}

const message = (given: ShadowView): string => {
  const outcome = judgeShadow(given);
  return outcome.kind === 'wait' || outcome.kind === 'share' ? outcome.kind : `${outcome.kind}: ${outcome.message}`;
};

describe('a shadow', () => {
  it('is over when its copies, its time and its agreement are there', () => {
    assert.equal(message(view({})), 'finished: 100 copies: 97 of 100 rows answered alike (97%), 0 failed, 0 refused');
    assert.equal(message(view({}, { elapsed: 1000 })), 'wait');
  });

  it('fails when it answers otherwise, fails or refuses what the live release answers, also before its time is over', () => {
    assert.match(message(view({ agreed: 80 }, { elapsed: 1000 })), /^failed: As a shadow: The new release answers differently: 80 of 100 rows .*; at least 90 % is asked for$/);
    assert.match(message(view({ failed: 2 })), /^failed: .*2 of 100 requests to the new release failed/);
    assert.match(message(view({ refused: 40 })), /^failed: .*refuses 40 of 100/);
  });

  it('is judged by no agreement where none is asked for, and tells it all the same', () => {
    const open = view({ agreed: 10, minimumAgreement: null });
    assert.equal(judgeShadow(open).kind, 'finished');
    assert.deepEqual(open.report.checks.at(-1), { id: 'agreement', label: 'Agreement', state: 'not-evaluated', message: '10 of 100 rows answered alike (10%); not asked for' });
  });

  it('is inconclusive with too few copies, or where an agreement that is asked for cannot be read, and is undone at its deadline', () => {
    const few = judgeShadow(view({ copies: 40 }));
    assert.ok(few.kind === 'hold');
    assert.deepEqual(few.needs, [{ kind: 'requests', minimum: 100, seen: 40 }]);
    assert.match(message(view({ rows: 0, agreed: 0 })), /^hold: Inconclusive: the agreement cannot be judged, 0 of at least 20 rows could be compared/);
    assert.equal(judgeShadow(view({ rows: 0, agreed: 0, minimumAgreement: null })).kind, 'finished');
    assert.match(message(view({ copies: 40 }, { elapsed: 3_600_000 })), /^failed: Inconclusive as a shadow after 1 h: 40 of at least 100 copies$/);
    assert.equal(judgeShadow(view({ copies: 40 }, { elapsed: 86_400_000, plan: shadowPlan.parse({ deadlineSeconds: 0 }) })).kind, 'hold');
  });

  it('waits for somebody where it is told to, and is over when somebody promotes it', () => {
    const plan = shadowPlan.parse({ hold: true });
    const held = judgeShadow(view({}, { plan }));
    assert.ok(held.kind === 'hold');
    assert.deepEqual(held.needs, [{ kind: 'promotion' }]);
    assert.match(message(view({ copies: 3, rows: 3, agreed: 3 }, { plan, promoted: true })), /^finished: Promoted; 3 copies/);
  });
});
