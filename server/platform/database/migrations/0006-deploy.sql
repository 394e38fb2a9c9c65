CREATE TABLE endpoints (
  name TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  target TEXT NOT NULL CHECK (target IN ('process', 'docker')),
  desired TEXT NOT NULL CHECK (desired IN ('running', 'stopped', 'deleted')),
  live_release TEXT,
  live_version INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE endpoint_releases (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE,
  release TEXT NOT NULL,
  model_version INTEGER NOT NULL,
  target TEXT NOT NULL,
  live_from INTEGER NOT NULL,
  live_until INTEGER,
  rolled_back INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX endpoint_releases_by_endpoint ON endpoint_releases (endpoint, id);
CREATE INDEX endpoint_releases_by_release ON endpoint_releases (release);
CREATE UNIQUE INDEX one_live_release ON endpoint_releases (endpoint) WHERE live_until IS NULL;

CREATE TABLE rollouts (
  id TEXT PRIMARY KEY,
  endpoint TEXT NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('deploy', 'rollback')),
  model TEXT NOT NULL,
  version INTEGER NOT NULL,
  target TEXT NOT NULL,
  serving TEXT NOT NULL,
  strategy TEXT NOT NULL,
  from_release TEXT,
  from_version INTEGER,
  to_release TEXT,
  state TEXT NOT NULL CHECK (state IN ('running', 'held', 'succeeded', 'failed', 'cancelled')),
  step TEXT NOT NULL,
  weight INTEGER NOT NULL DEFAULT 0,
  stage INTEGER NOT NULL DEFAULT 0,
  stage_since INTEGER,
  promoted INTEGER NOT NULL DEFAULT 0,
  requested_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE UNIQUE INDEX one_active_rollout ON rollouts (endpoint) WHERE state IN ('running', 'held');
CREATE INDEX rollouts_by_endpoint ON rollouts (endpoint, started_at);

CREATE TABLE rollout_journal (
  id INTEGER PRIMARY KEY,
  rollout TEXT NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  step TEXT NOT NULL,
  event TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE INDEX rollout_journal_by_rollout ON rollout_journal (rollout, id);

CREATE TABLE replicas (
  id TEXT PRIMARY KEY,
  endpoint TEXT NOT NULL REFERENCES endpoints (name) ON DELETE CASCADE,
  release TEXT NOT NULL,
  target TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('starting', 'ready', 'unhealthy', 'paused', 'stopped', 'failed')),
  port INTEGER,
  handle TEXT,
  identity TEXT,
  started_at INTEGER NOT NULL,
  ready_at INTEGER,
  restarts INTEGER NOT NULL DEFAULT 0,
  retry_at INTEGER,
  retiring INTEGER NOT NULL DEFAULT 0,
  message TEXT
) STRICT;

CREATE INDEX replicas_by_endpoint ON replicas (endpoint);
