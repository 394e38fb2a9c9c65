-- What belongs to shared MLflow servers, by their URL.

ALTER TABLE rollouts ADD COLUMN server TEXT;

-- Files of model versions that were fetched; the digest is set once all of them are there.
CREATE TABLE remote_versions (
  server TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  location TEXT NOT NULL,
  digest TEXT,
  PRIMARY KEY (server, name, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE remote_version_files (
  server TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (server, name, version, path),
  FOREIGN KEY (server, name, version) REFERENCES remote_versions (server, name, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX remote_version_files_by_content ON remote_version_files (sha256);

-- Runs that kernels of this machine made there, for the links from cells to them; models is a JSON list of {modelId, name}.
CREATE TABLE remote_runs (
  run_id TEXT PRIMARY KEY,
  server TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  name TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  models TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;

-- Calls that a server has not answered yet, in the order in which they are made; a newer one about the same subject takes its place.
CREATE TABLE remote_calls (
  id INTEGER PRIMARY KEY,
  server TEXT NOT NULL,
  subject TEXT NOT NULL,
  path TEXT NOT NULL,
  body TEXT NOT NULL,
  summary TEXT NOT NULL,
  audit TEXT,
  failure TEXT,
  UNIQUE (server, subject)
) STRICT;

-- Captured runs that were published, with the ids that they have there; done once nothing of them is missing.
CREATE TABLE remote_captures (
  run_id TEXT NOT NULL,
  server TEXT NOT NULL,
  remote_id TEXT,
  points INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  failure TEXT,
  PRIMARY KEY (run_id, server)
) STRICT, WITHOUT ROWID;

CREATE INDEX remote_captures_by_remote ON remote_captures (remote_id);
