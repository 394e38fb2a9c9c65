-- What a new release answered to recorded requests of the live one, outside of the traffic.
ALTER TABLE rollouts ADD COLUMN rehearsal TEXT;
