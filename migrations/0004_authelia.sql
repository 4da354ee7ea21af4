-- One row once what Authelia's tables beside these held was taken over: it is taken over once.
CREATE TABLE signet_authelia (
    id BIGINT NOT NULL PRIMARY KEY,
    taken_over_at BIGINT NOT NULL
);
