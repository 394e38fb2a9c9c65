-- How far a transfer has come, and how it ended, is told by its last job; those of before become such jobs.
INSERT INTO jobs (kind, key, state, due_at, attempts, payload, progress, failure, created_at, updated_at, ended_at)
SELECT 'transfer', id,
  CASE state WHEN 'succeeded' THEN 'done' WHEN 'incomplete' THEN 'done' WHEN 'running' THEN 'interrupted' ELSE state END,
  started_at, 1, '{}', json_set(progress, '$.phase', phase, '$.message', ''), CASE state WHEN 'failed' THEN message END,
  started_at, coalesce(ended_at, started_at), coalesce(ended_at, started_at)
FROM transfers ORDER BY started_at;

-- One row for each store that was imported from or exported to, with the report of its last transfer.
ALTER TABLE transfers DROP COLUMN state;
ALTER TABLE transfers DROP COLUMN phase;
ALTER TABLE transfers DROP COLUMN message;
ALTER TABLE transfers DROP COLUMN started_at;
ALTER TABLE transfers DROP COLUMN ended_at;
ALTER TABLE transfers DROP COLUMN progress;
