-- When the client asked for the grant; NULL for one that was made before this column: then it is when it was made.
ALTER TABLE signet_grants ADD COLUMN requested_at BIGINT;
