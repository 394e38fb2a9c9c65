-- What files of the policies held when their models were made last, or when the trigger came in force: a file that holds something else is new data.
CREATE TABLE retraining_data (
  model TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (model, path)
) STRICT;
