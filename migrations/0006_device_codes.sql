-- What a device asked for (RFC 8628), and what a person answered. user_code: a keyed hash, since the code itself is short.
-- state: pending, approved, denied or spent. A code that gave a grant is kept as long as its grant, so that its second
-- use is known.
CREATE TABLE signet_device_codes (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    user_code TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    request JSONB NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    grant_id TEXT,
    poll_interval BIGINT NOT NULL,
    polled_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX signet_device_codes_user_code ON signet_device_codes (user_code);
CREATE INDEX signet_device_codes_grant_id ON signet_device_codes (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX signet_device_codes_expires_at ON signet_device_codes (expires_at);

-- The device that a pending authorization answers instead of a redirect URI.
ALTER TABLE signet_interactions ADD COLUMN device_code TEXT;

-- People see what applications hold of them, and withdraw it.
CREATE INDEX signet_grants_username ON signet_grants (username, client_id);
