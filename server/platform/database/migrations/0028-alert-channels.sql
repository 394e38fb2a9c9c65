-- Whom incidents are told. Secrets of a channel lie in the secrets, under its name.
CREATE TABLE alert_channels (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  fields TEXT NOT NULL,
  minimum_severity TEXT NOT NULL,
  endpoints TEXT
) STRICT, WITHOUT ROWID;

-- What a channel has told last of an incident: a digest of it, so that nothing is told twice.
CREATE TABLE alert_deliveries (
  channel TEXT NOT NULL REFERENCES alert_channels (name) ON DELETE CASCADE,
  incident INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  content TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (channel, incident)
) STRICT, WITHOUT ROWID;
