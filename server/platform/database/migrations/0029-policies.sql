-- Policies as they were when they were taken over from their files. A file that is changed, broken or gone since changes nothing here.
CREATE TABLE policies (
  file TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  adopted_at INTEGER NOT NULL,
  adopted_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
