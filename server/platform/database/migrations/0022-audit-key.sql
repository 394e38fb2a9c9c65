-- Which key an entry is sealed with (the first digits of its sha256); null in what was written before the log had a key.
ALTER TABLE audit ADD COLUMN key_id TEXT;
