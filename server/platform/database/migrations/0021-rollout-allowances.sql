-- What a rollout was refused for, and a person may allow, as JSON.
ALTER TABLE rollouts ADD COLUMN allowable TEXT NOT NULL DEFAULT '[]';
