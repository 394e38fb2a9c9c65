-- Endpoints that got labels: from then on their predictions are read from the inference log.
CREATE TABLE labelled_endpoints (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL UNIQUE
) STRICT;

-- How far each segment of the inference log has been read for predictions. Written in the transaction of what was read.
CREATE TABLE labelled_segments (
  endpoint INTEGER NOT NULL REFERENCES labelled_endpoints (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  offset INTEGER NOT NULL,
  PRIMARY KEY (endpoint, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE labelled_releases (
  id INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL REFERENCES labelled_endpoints (id) ON DELETE CASCADE,
  release TEXT NOT NULL,
  UNIQUE (endpoint, release)
) STRICT;

-- One row of an answered request. `prediction` is null where the log does not hold it; `score` is the probability by which the release decides.
CREATE TABLE predictions (
  id INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL REFERENCES labelled_endpoints (id) ON DELETE CASCADE,
  request TEXT NOT NULL,
  row INTEGER NOT NULL,
  at INTEGER NOT NULL,
  release INTEGER NOT NULL REFERENCES labelled_releases (id) ON DELETE CASCADE,
  prediction ANY,
  score REAL,
  UNIQUE (endpoint, request, row)
) STRICT;
CREATE INDEX predictions_by_time ON predictions (endpoint, at);
CREATE INDEX predictions_by_release ON predictions (release);

-- Input columns by which labels came, and the values that predictions have in them.
CREATE TABLE label_keys (
  id INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL REFERENCES labelled_endpoints (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  UNIQUE (endpoint, name)
) STRICT;
CREATE TABLE prediction_keys (
  prediction INTEGER NOT NULL REFERENCES predictions (id) ON DELETE CASCADE,
  label_key INTEGER NOT NULL REFERENCES label_keys (id) ON DELETE CASCADE,
  value TEXT NOT NULL,
  PRIMARY KEY (prediction, label_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX prediction_keys_by_value ON prediction_keys (label_key, value);

-- Labels, also those that came before their prediction. `label_key` 0: `key` is a request id. `period` tells labels of one key apart that are of
-- different times: 0 for the one label that a row or a key has without. What was replaced stays as the history.
CREATE TABLE labels (
  id INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL REFERENCES labelled_endpoints (id) ON DELETE CASCADE,
  label_key INTEGER NOT NULL,
  key TEXT NOT NULL,
  row INTEGER NOT NULL,
  period INTEGER NOT NULL,
  label ANY NOT NULL,
  known_at INTEGER,
  source TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  replaced_at INTEGER
) STRICT;
CREATE UNIQUE INDEX labels_current ON labels (endpoint, label_key, key, row, period) WHERE replaced_at IS NULL;
CREATE INDEX labels_by_receipt ON labels (endpoint, received_at);
