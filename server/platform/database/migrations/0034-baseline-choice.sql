-- Where a baseline comes from (JSON, contract/baselines.ts), of how many rows it is, and when it was chosen for the versions of its model; null where it was found by itself.
ALTER TABLE monitoring_baselines ADD COLUMN origin TEXT;
ALTER TABLE monitoring_baselines ADD COLUMN rows INTEGER;
ALTER TABLE monitoring_baselines ADD COLUMN chosen_at INTEGER;
UPDATE monitoring_baselines SET chosen_at = created_at, origin = '{"kind":"training-rows"}' WHERE data = 'given';
