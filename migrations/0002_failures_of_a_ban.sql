-- How many failures led to a ban; unknown for those that stand already.
ALTER TABLE signet_bans ADD COLUMN failures BIGINT;
