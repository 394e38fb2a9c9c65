-- What came of the gates of a version the last time they were run; earlier ones stand in the audit log. Results are JSON.
CREATE TABLE gate_runs (
  model TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'failed')),
  message TEXT NOT NULL,
  release TEXT,
  live_release TEXT,
  results TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  requested_by TEXT NOT NULL,
  PRIMARY KEY (model, version)
) STRICT, WITHOUT ROWID;

-- Who answers for a gate of a version that has not passed, why, and until when.
CREATE TABLE gate_waivers (
  model TEXT NOT NULL,
  version INTEGER NOT NULL,
  gate TEXT NOT NULL,
  given_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (model, version, gate)
) STRICT, WITHOUT ROWID;
