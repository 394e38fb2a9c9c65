import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createRunningRuns } from '../../../server/tracking/local/runningRuns.ts';
import { openTrackingHome, type TrackingHome } from './trackingHome.ts';

const hour = 3_600_000;

describe('a run that goes on', () => {
  let home: TrackingHome;
  let now = 1000 * hour;
  let goesOn: () => boolean;
  before(() => {
    home = openTrackingHome();
    goesOn = createRunningRuns(home.context.database, () => now);
  });
  after(() => home.close());

  it('is one that a client began or logged to within a day and has not ended', () => {
    const { runs, logging } = home.tracking.stores;
    assert.equal(goesOn(), false);
    const { run_id: runId } = runs.create({ experimentId: '0', startedAt: now });
    assert.equal(goesOn(), true);
    now += 25 * hour;
    assert.equal(goesOn(), false, 'its training may have been killed');
    logging.logMetric(runId, { key: 'loss', value: 1, at: now - hour, step: 1 });
    assert.equal(goesOn(), true, 'it has long epochs');
    runs.update(runId, { status: 'FAILED', endedAt: now });
    assert.equal(goesOn(), false);
  });

  it('is not one that is deleted, or captured of a notebook whose window is gone', () => {
    const { runs } = home.tracking.stores;
    const { run_id: deleted } = runs.create({ experimentId: '0', startedAt: now });
    runs.delete(deleted);
    const { run_id: captured } = runs.create({ experimentId: '0', startedAt: now, tags: { 'slipway.notebook': 'a.ipynb' } });
    assert.equal(goesOn(), false);
    runs.create({ experimentId: '0', startedAt: now, tags: { 'slipway.notebook': 'a.ipynb', 'slipway.capture': captured } });
    assert.equal(goesOn(), true, 'one that mlflow logs in a cell is a client’s');
  });
});
