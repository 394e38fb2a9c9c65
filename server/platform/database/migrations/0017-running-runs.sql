-- Runs that go on are few, and the companion stays up for them.
CREATE INDEX running_runs ON runs (started_at) WHERE status = 'RUNNING' AND stage = 'active';
