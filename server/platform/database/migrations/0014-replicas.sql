-- How many replicas run a release: of an endpoint its live one, of a rollout the one that it brings.
ALTER TABLE endpoints ADD COLUMN replica_count INTEGER NOT NULL DEFAULT 1;
ALTER TABLE rollouts ADD COLUMN replica_count INTEGER NOT NULL DEFAULT 1;
