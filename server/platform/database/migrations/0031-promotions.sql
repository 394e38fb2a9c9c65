-- Wishes to bring a version to production. `release` is set when it is packaged and judged; results are JSON. What follows from these columns, the policy and
-- the clock (waiting, expired, ready) is stored nowhere.
CREATE TABLE promotions (
  id INTEGER PRIMARY KEY,
  model TEXT NOT NULL,
  version INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  serving TEXT,
  reason TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  requested_with TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  break_glass INTEGER NOT NULL CHECK (break_glass IN (0, 1)),
  release TEXT,
  live_release TEXT,
  results TEXT NOT NULL DEFAULT '[]',
  rollout TEXT,
  ended TEXT CHECK (ended IN ('rejected', 'void', 'failed')),
  ended_message TEXT,
  ended_at INTEGER
) STRICT;
CREATE INDEX promotions_by_endpoint ON promotions (endpoint);

-- A yes holds for one release.
CREATE TABLE promotion_approvals (
  promotion INTEGER NOT NULL REFERENCES promotions (id) ON DELETE CASCADE,
  given_by TEXT NOT NULL,
  release TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (promotion, given_by)
) STRICT, WITHOUT ROWID;
