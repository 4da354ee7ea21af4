-- Client assertions that were used, until they have ended: each counts once (RFC 7523 §3). jti_hash: SHA-256, base64url.
CREATE TABLE signet_client_assertions (
    client_id TEXT NOT NULL,
    jti_hash TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti_hash)
);
CREATE INDEX signet_client_assertions_expires_at ON signet_client_assertions (expires_at);
