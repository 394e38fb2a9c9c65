import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelCard } from '../../../server/contract/modelCard.ts';
import { readinessOf, type ReadinessFacts } from '../../../server/documents/readiness.ts';
import { liveEndpoint } from '../../webview/fixtures/endpoints.ts';

const card: ModelCard = {
  madeAt: 0,
  version: { name: 'churn', version: 7, description: '', createdAt: 0, aliases: [], tags: {}, flavors: [], params: {}, metrics: {}, lineage: { data: [] } },
  statements: {},
  served: [],
  watched: [],
};
const first: ReadinessFacts = { card, endpoints: [], driftJudged: false, hasLabels: false, channels: 0, owners: [] };
const endpoint = { ...liveEndpoint, name: 'shop', warm: [], releaseCount: 1 };
const watched = { endpoint: 'shop', from: 0, to: 1, requests: 500, errors: 0, verdict: null, performance: null, incidents: [] };

function states(facts: ReadinessFacts): Record<string, string> {
  return Object.fromEntries(readinessOf(facts).items.map(({ id, state }) => [id, state]));
}

describe('readiness', () => {
  it('does not ask a first model for what it does not need yet', () => {
    assert.deepEqual(states(first), {
      versioning: 'has', tracking: 'lacks', data: 'lacks', deployment: 'lacks', rollback: 'not-yet', monitoring: 'not-yet', drift: 'not-yet', performance: 'not-yet', alerts: 'not-yet',
      owner: 'lacks', runbook: 'lacks', limits: 'lacks',
    });
    const { items } = readinessOf(first);
    assert.deepEqual(items.filter(({ state, command }) => (state === 'lacks') !== (command !== undefined)), []);
    assert.equal(items.find(({ id }) => id === 'deployment')?.command, 'slipway deploy churn:7');
  });

  it('asks for more as there is more to lose', () => {
    const live = { ...first, endpoints: [endpoint] };
    assert.deepEqual([states(live)['monitoring'], states(live)['drift'], states(live)['rollback'], states(live)['alerts']], ['lacks', 'not-yet', 'not-yet', 'lacks']);
    const asked = { ...live, card: { ...card, watched: [watched] } };
    assert.deepEqual([states(asked)['monitoring'], states(asked)['drift'], states(asked)['performance']], ['has', 'lacks', 'lacks']);
    assert.equal(readinessOf(asked).items.find(({ id }) => id === 'performance')?.command, 'slipway labels shop FILE');
    assert.equal(states({ ...asked, endpoints: [{ ...endpoint, releaseCount: 2 }] })['rollback'], 'lacks');
  });

  it('has what facts say', () => {
    const facts: ReadinessFacts = {
      card: {
        ...card,
        version: { ...card.version, lineage: { runId: 'r', data: [{ path: '/a.csv', sha256: 'a'.repeat(64), bytes: 1, modifiedAt: 0 }] } },
        statements: { runbook: 'call', limits: 'none' },
        watched: [watched],
      },
      endpoints: [{ ...endpoint, releaseCount: 2, warm: [{ release: 'b'.repeat(64), modelVersion: 6 }] }],
      driftJudged: true,
      hasLabels: true,
      channels: 1,
      owners: ['ann'],
    };
    assert.deepEqual([...new Set(Object.values(states(facts)))], ['has']);
    assert.equal(states({ ...facts, owners: [], card: { ...facts.card, statements: { owner: 'the team' } } })['owner'], 'has');
  });
});
