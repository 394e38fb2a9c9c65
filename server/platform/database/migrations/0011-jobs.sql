-- Durable work. A job is open until it has ended; the open ones of a kind and key run one at a time, in the order of their ids.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  -- A newer job about the same subject takes the place of one that waits.
  subject TEXT,
  -- waiting, running, held; then done, failed, cancelled, interrupted.
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  payload TEXT NOT NULL,
  progress TEXT,
  failure TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE INDEX jobs_open ON jobs (kind, key, id) WHERE ended_at IS NULL;
CREATE INDEX jobs_ended ON jobs (kind, ended_at) WHERE ended_at IS NOT NULL;
