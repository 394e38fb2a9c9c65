import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openPreparedHome, type PreparedHome } from './preparedHome.ts';

describe('a companion that is told other durations', () => {
  let home: PreparedHome;
  before(async () => {
    home = await openPreparedHome({ SLIPWAY_TIMING: JSON.stringify({ ready: 1 }) });
    await home.start();
  });
  after(() => home.close());

  it('gives a replica no longer to become ready, and serves nothing', async () => {
    const rollout = await home.deploy({ name: 'hasty', model: 'rule', version: home.versions.steady });
    assert.equal(rollout.state, 'failed');
    assert.match(rollout.message, /^ready: The replica was not ready within 0\.001 s/);
    assert.equal((await home.endpoint('hasty', ({ replicas }) => replicas.length === 0)).state, 'failed');
  });
});
