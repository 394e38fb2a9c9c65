-- Which targets there are is for the companion to know, which checks them at its door.
CREATE TABLE rebuilt_endpoints (
  name TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  target TEXT NOT NULL,
  desired TEXT NOT NULL CHECK (desired IN ('running', 'stopped', 'deleted')),
  live_release TEXT,
  live_version INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

INSERT INTO rebuilt_endpoints (name, model, target, desired, live_release, live_version, created_at)
SELECT name, model, target, desired, live_release, live_version, created_at FROM endpoints;

DROP TABLE endpoints;
ALTER TABLE rebuilt_endpoints RENAME TO endpoints;

-- Where a replica answers: a JSON list of host:port.
ALTER TABLE replicas ADD COLUMN addresses TEXT NOT NULL DEFAULT '[]';
UPDATE replicas SET addresses = json_array('127.0.0.1:' || port) WHERE port IS NOT NULL;
ALTER TABLE replicas DROP COLUMN port;
