-- The part of the claims parameter that was granted; NULL when there is none.
ALTER TABLE signet_grants ADD COLUMN claims JSONB;

-- claims_set: what was asked for beyond the scopes, canonical: sorted, without repetition. claims: what of it was agreed
-- to; NULL when nothing was.
ALTER TABLE signet_consents ADD COLUMN claims_set TEXT NOT NULL DEFAULT '[]';
ALTER TABLE signet_consents ADD COLUMN claims JSONB;
