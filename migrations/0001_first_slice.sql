-- What Signet remembers. One text for SQLite and PostgreSQL: TEXT, BIGINT (seconds since the epoch), BOOLEAN,
-- JSONB (objects and arrays only; SQLite keeps their text). Hashes and sealed values are base64url TEXT.
-- There are no foreign keys: what hangs from a grant never outlives it (signet_grants.expires_at), and each
-- table is cleaned by its own end, so that no index is kept for the sake of deletion.

CREATE TABLE signet_interactions (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    request JSONB NOT NULL,
    pushed_request TEXT,
    browser TEXT,
    signed_in TEXT,
    account_selected BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX signet_interactions_expires_at ON signet_interactions (expires_at);

CREATE TABLE signet_pushed_requests (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    request JSONB NOT NULL,
    expires_at BIGINT NOT NULL,
    browser TEXT,
    spent_at BIGINT
);
CREATE INDEX signet_pushed_requests_expires_at ON signet_pushed_requests (expires_at);

-- offline: granted with offline_access, so that sign-out leaves it. expires_at: the latest end of what hangs from it.
CREATE TABLE signet_grants (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    username TEXT NOT NULL,
    subject TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience JSONB NOT NULL,
    session TEXT NOT NULL,
    consent TEXT,
    auth_time BIGINT NOT NULL,
    methods JSONB NOT NULL,
    level TEXT NOT NULL,
    address TEXT NOT NULL,
    credential TEXT NOT NULL,
    nonce TEXT,
    offline BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX signet_grants_session ON signet_grants (session);
CREATE INDEX signet_grants_consent ON signet_grants (consent) WHERE consent IS NOT NULL;
CREATE INDEX signet_grants_expires_at ON signet_grants (expires_at);

-- A code is kept as long as its grant, so that its second use is known for as long as there is something to end.
CREATE TABLE signet_authorization_codes (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    redirect_uri TEXT,
    code_challenge JSONB,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX signet_authorization_codes_grant_id ON signet_authorization_codes (grant_id);

CREATE TABLE signet_access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT,
    issuer TEXT NOT NULL,
    grant_id TEXT,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience JSONB NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX signet_access_tokens_expires_at ON signet_access_tokens (expires_at);

-- Kept as long as its grant, as a code is.
CREATE TABLE signet_refresh_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX signet_refresh_tokens_grant_id ON signet_refresh_tokens (grant_id);

-- scope_set and audience_set are canonical: sorted, without repetition.
CREATE TABLE signet_consents (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    username TEXT NOT NULL,
    scope_set TEXT NOT NULL,
    audience_set TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    remembered_until BIGINT,
    revoked_at BIGINT
);
CREATE INDEX signet_consents_remembered ON signet_consents (username, client_id) WHERE remembered_until IS NOT NULL;
CREATE INDEX signet_consents_remembered_until ON signet_consents (remembered_until) WHERE remembered_until IS NOT NULL;

CREATE TABLE signet_subjects (
    sector TEXT NOT NULL,
    username TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (sector, username),
    UNIQUE (sector, subject)
);

CREATE TABLE signet_totp (
    username TEXT NOT NULL PRIMARY KEY,
    sealed_seed TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    digits BIGINT NOT NULL,
    period BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_step BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);

CREATE TABLE signet_totp_enrolments (
    session TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    sealed_seed TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    digits BIGINT NOT NULL,
    period BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- counted: still counts against the person at this network, or from this browser. person_counted: still counts
-- against the person over all networks. pending: begun, and not yet known to have failed.
CREATE TABLE signet_attempts (
    id TEXT NOT NULL PRIMARY KEY,
    person_network TEXT NOT NULL,
    person TEXT NOT NULL,
    ip TEXT,
    attempted_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    pending BOOLEAN NOT NULL,
    counted BOOLEAN NOT NULL,
    person_counted BOOLEAN NOT NULL
);
CREATE INDEX signet_attempts_person_network ON signet_attempts (person_network, attempted_at);
CREATE INDEX signet_attempts_person ON signet_attempts (person, attempted_at);
CREATE INDEX signet_attempts_expires_at ON signet_attempts (expires_at);

CREATE TABLE signet_bans (
    subject TEXT NOT NULL PRIMARY KEY,
    banned_at BIGINT NOT NULL,
    banned_until BIGINT NOT NULL
);

CREATE TABLE signet_known_browsers (
    username TEXT NOT NULL,
    browser TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (username, browser)
);
CREATE INDEX signet_known_browsers_expires_at ON signet_known_browsers (expires_at);

CREATE TABLE signet_sessions (
    id_hash TEXT NOT NULL PRIMARY KEY,
    data JSONB NOT NULL,
    username TEXT,
    session TEXT,
    expires_at BIGINT NOT NULL,
    idle_seconds BIGINT,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX signet_sessions_username ON signet_sessions (username) WHERE username IS NOT NULL;
CREATE INDEX signet_sessions_session ON signet_sessions (session) WHERE session IS NOT NULL;
CREATE INDEX signet_sessions_expires_at ON signet_sessions (expires_at);

-- Appended to, never changed; ids are in the order of time, and the oldest go.
CREATE TABLE signet_events (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    issuer TEXT,
    username TEXT,
    client_id TEXT,
    address TEXT,
    grant_id TEXT,
    request_id TEXT,
    detail TEXT
);

-- One row, written to learn whether the database takes writes.
CREATE TABLE signet_write_probe (
    id BIGINT NOT NULL PRIMARY KEY,
    writes BIGINT NOT NULL
);
