import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDatabase, type Database } from '../../../server/platform/database/database.ts';
import { openTrackingHome, type TrackingHome } from './trackingHome.ts';

describe('a transaction of the database', () => {
  let home: TrackingHome;
  let other: Database;
  before(() => {
    home = openTrackingHome();
    other = openDatabase(home.context.home.database);
    other.pragma('busy_timeout = 0');
  });
  after(() => {
    other.close();
    home.close();
  });

  const write = (database: Database, key: string): void => void database.prepare('INSERT INTO metric_keys (key) VALUES (?)').run(key);

  it('that reads before it writes is not overtaken by another connection', () => {
    const { database } = home.context;
    database.transaction(() => {
      database.prepare('SELECT count(*) FROM metric_keys').get();
      assert.throws(() => write(other, 'overtaken'), { code: 'SQLITE_BUSY' });
      write(database, 'first');
    })();
    write(other, 'second');
    assert.equal(database.prepare('SELECT count(*) FROM metric_keys').pluck().get(), 2);
  });

  it('inside another is undone alone', () => {
    const { database } = home.context;
    const failing = database.transaction(() => {
      write(database, 'undone');
      throw new Error('no');
    });
    database.transaction(() => {
      write(database, 'kept');
      assert.throws(() => failing(), /no/);
    })();
    assert.deepEqual(database.prepare("SELECT key FROM metric_keys WHERE key IN ('kept', 'undone')").pluck().all(), ['kept']);
  });
});
