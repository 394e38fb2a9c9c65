-- What a new release was judged by: the counts of both releases, and what each check came to.
ALTER TABLE rollouts ADD COLUMN comparison TEXT;
