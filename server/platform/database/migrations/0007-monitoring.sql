-- Segments of the inference log and how far each has been read. Written in the same transaction as the windows that were read from it.
CREATE TABLE monitoring_segments (
  endpoint TEXT NOT NULL,
  name TEXT NOT NULL,
  offset INTEGER NOT NULL,
  -- 1 once the bodies that are not in the kept sample have been taken out.
  thinned INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (endpoint, name)
) STRICT, WITHOUT ROWID;

-- One release at one endpoint; the empty digest stands for requests that no release got.
CREATE TABLE monitoring_series (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  release TEXT NOT NULL,
  UNIQUE (endpoint, release)
) STRICT;

-- Windows: `at` is the start and `span` the length in milliseconds. Windows of one series never overlap and merge by addition.
CREATE TABLE monitoring_windows (
  series INTEGER NOT NULL REFERENCES monitoring_series (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  span INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  client_errors INTEGER NOT NULL,
  server_errors INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  unread_bodies INTEGER NOT NULL,
  latency TEXT NOT NULL,
  PRIMARY KEY (series, at, span)
) STRICT, WITHOUT ROWID;

-- One column of a window: an input (`feature`) or the answers (`prediction`).
CREATE TABLE monitoring_columns (
  series INTEGER NOT NULL REFERENCES monitoring_series (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  span INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('feature', 'prediction')),
  name TEXT NOT NULL,
  statistics TEXT NOT NULL,
  PRIMARY KEY (series, at, span, role, name)
) STRICT, WITHOUT ROWID;

-- Statistics of the training data of a model.
CREATE TABLE monitoring_baselines (
  model TEXT NOT NULL,
  data TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('training-data', 'input-example', 'none')),
  columns TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (model, data)
) STRICT, WITHOUT ROWID;
