-- One row for each store that was imported from or exported to; a transfer that is started again goes on in its row.
CREATE TABLE transfers (
  id TEXT PRIMARY KEY,
  direction TEXT NOT NULL CHECK (direction IN ('import', 'export')),
  location TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'incomplete', 'failed', 'cancelled', 'interrupted')),
  phase TEXT NOT NULL,
  message TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  progress TEXT NOT NULL,
  report TEXT,
  UNIQUE (direction, location)
) STRICT;

-- How far each thing of a source has come, and what it is called in the target.
CREATE TABLE transfer_items (
  transfer TEXT NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('experiment', 'run', 'model')),
  source_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  -- Where its files lie in the target.
  uri TEXT NOT NULL,
  -- Metric points written so far.
  points INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (transfer, kind, source_id)
) STRICT, WITHOUT ROWID;
