-- What waits for shared servers are jobs; those that waited before go on as such, in their order.
INSERT INTO jobs (kind, key, subject, state, due_at, payload, failure, created_at, updated_at)
SELECT 'tracking-server.call', server, subject, 'waiting', 0,
  json_object('path', path, 'body', json(body), 'summary', summary, 'audit', json(audit)),
  failure, unixepoch() * 1000, unixepoch() * 1000
FROM remote_calls ORDER BY id;

INSERT INTO jobs (kind, key, subject, state, due_at, payload, failure, created_at, updated_at)
SELECT 'tracking-server.capture', server, run_id, 'waiting', 0, json_object('runId', run_id), failure, unixepoch() * 1000, unixepoch() * 1000
FROM remote_captures WHERE done <> 1;

DROP TABLE remote_calls;

-- What a server has of each captured run.
ALTER TABLE remote_captures DROP COLUMN done;
ALTER TABLE remote_captures DROP COLUMN failure;
