-- What somebody asked through, such as 'editor' or 'mlflow client'. Null in what was written before programs were told apart.
ALTER TABLE audit ADD COLUMN program TEXT;
ALTER TABLE rollouts ADD COLUMN requested_with TEXT;
