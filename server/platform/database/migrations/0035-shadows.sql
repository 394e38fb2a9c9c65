-- What a new release did with copies of live requests, whose answers go to nobody.
ALTER TABLE rollouts ADD COLUMN shadow TEXT;
