-- Values of a numeric column that were drawn from the window's (columns/sample.ts); windows that were written before have none.
ALTER TABLE monitoring_columns ADD COLUMN sample BLOB;
