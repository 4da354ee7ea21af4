-- Why a request was refused, found by the ten characters that the person was shown. network: what a flood is counted
-- under, an IPv4 address or the /64 of an IPv6 one.
CREATE TABLE signet_refusals (
    id TEXT NOT NULL PRIMARY KEY,
    happened_at BIGINT NOT NULL,
    issuer TEXT,
    endpoint TEXT NOT NULL,
    status BIGINT NOT NULL,
    error TEXT NOT NULL,
    client_id TEXT,
    username TEXT,
    address TEXT NOT NULL,
    network TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX signet_refusals_happened_at ON signet_refusals (happened_at);

-- actor: person, client, administrator or signet. user_agent: the beginning of a SHA-256, base64url.
ALTER TABLE signet_events ADD COLUMN actor TEXT;
ALTER TABLE signet_events ADD COLUMN outcome TEXT;
ALTER TABLE signet_events ADD COLUMN user_agent TEXT;
