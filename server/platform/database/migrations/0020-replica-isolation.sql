-- What keeps a replica apart from the rest of the machine, in words; empty for those that were started before it was written down.
ALTER TABLE replicas ADD COLUMN isolation TEXT;
