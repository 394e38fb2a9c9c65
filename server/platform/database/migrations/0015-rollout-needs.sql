-- What a rollout holds for, as JSON.
ALTER TABLE rollouts ADD COLUMN needs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE rollout_journal ADD COLUMN needs TEXT NOT NULL DEFAULT '[]';
