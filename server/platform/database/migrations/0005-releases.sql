CREATE TABLE releases (
  digest TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  model_name TEXT NOT NULL,
  model_version INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;

CREATE INDEX releases_by_model ON releases (model_name, created_at);

CREATE TABLE environment_locks (
  sha256 TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

-- What a set of requirements was resolved to, so that the same requirements keep the same lock.
CREATE TABLE environment_resolutions (
  input TEXT PRIMARY KEY,
  lock TEXT NOT NULL REFERENCES environment_locks (sha256),
  resolved_at INTEGER NOT NULL
) STRICT;

-- The first answer that a model gave to its example; later smoke tests compare with it.
CREATE TABLE recorded_answers (
  model_digest TEXT PRIMARY KEY,
  recorded_at INTEGER NOT NULL,
  response TEXT NOT NULL
) STRICT;
