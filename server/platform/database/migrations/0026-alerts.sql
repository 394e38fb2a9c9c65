-- What a person changed of an endpoint's alert rules, as JSON; the others are as they come.
CREATE TABLE alert_rules (
  endpoint TEXT NOT NULL,
  rule TEXT NOT NULL,
  settings TEXT NOT NULL,
  muted_until INTEGER,
  PRIMARY KEY (endpoint, rule)
) STRICT, WITHOUT ROWID;

-- One incident of an endpoint at a time has all of its alerts.
CREATE TABLE incidents (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  acknowledged_at INTEGER,
  resolved_at INTEGER
) STRICT;
CREATE UNIQUE INDEX incidents_open ON incidents (endpoint) WHERE resolved_at IS NULL;

-- What people did and said; what alerts and rollouts did stands in their own tables.
CREATE TABLE incident_entries (
  incident INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('note', 'state')),
  text TEXT NOT NULL,
  actor TEXT
) STRICT;
CREATE INDEX incident_entries_by_incident ON incident_entries (incident);

-- An alert is pending until it has held for as long as its rule says, then firing, then resolved. One that ends while it is pending is forgotten.
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  rule TEXT NOT NULL,
  severity TEXT NOT NULL,
  summary TEXT NOT NULL,
  value REAL NOT NULL,
  threshold REAL NOT NULL,
  pending_at INTEGER NOT NULL,
  fired_at INTEGER,
  resolved_at INTEGER,
  incident INTEGER REFERENCES incidents (id) ON DELETE SET NULL
) STRICT;
CREATE UNIQUE INDEX alerts_current ON alerts (endpoint, rule) WHERE resolved_at IS NULL;
CREATE INDEX alerts_by_incident ON alerts (incident);
CREATE INDEX alerts_by_end ON alerts (endpoint, rule, resolved_at);
