-- Windows of 1 minute, 5 minutes, 1 hour and 1 day over the same traffic. A window holds what the shorter ones in it hold, or has none in it any more.
CREATE TABLE monitoring_windows_by_span (
  series INTEGER NOT NULL REFERENCES monitoring_series (id) ON DELETE CASCADE,
  span INTEGER NOT NULL,
  at INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  client_errors INTEGER NOT NULL,
  server_errors INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  unread_bodies INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  lost_from INTEGER,
  lost_to INTEGER,
  -- Packed (windows/packedLatency.ts); JSON text in windows that were written before.
  latency ANY NOT NULL,
  PRIMARY KEY (series, span, at)
) STRICT, WITHOUT ROWID;
INSERT INTO monitoring_windows_by_span (series, span, at, requests, client_errors, server_errors, rows, unread_bodies, lost, lost_from, lost_to, latency)
  SELECT series, span, at, requests, client_errors, server_errors, rows, unread_bodies, lost, lost_from, lost_to, latency FROM monitoring_windows;
DROP TABLE monitoring_windows;
ALTER TABLE monitoring_windows_by_span RENAME TO monitoring_windows;

-- All columns of a window together (columns/packedColumns.ts).
CREATE TABLE monitoring_window_columns (
  series INTEGER NOT NULL REFERENCES monitoring_series (id) ON DELETE CASCADE,
  span INTEGER NOT NULL,
  at INTEGER NOT NULL,
  columns BLOB NOT NULL,
  PRIMARY KEY (series, span, at)
) STRICT;

-- Columns one by one as text, of windows that were written before; the thread that reads the log packs them when it starts (windows/packOldColumns.ts).
ALTER TABLE monitoring_columns RENAME TO monitoring_text_columns;
