-- Requests of a window that were answered and that the inference log lost, and when the first and the last of them arrived.
ALTER TABLE monitoring_windows ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE monitoring_windows ADD COLUMN lost_from INTEGER;
ALTER TABLE monitoring_windows ADD COLUMN lost_to INTEGER;
