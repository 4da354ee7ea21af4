-- What an Authelia remembered, sealed under `the encryption key of every test` by Python's cryptography. Bytes stand in
-- angle brackets; each test writes them as its database does.

INSERT INTO migrations (version_before, version_after, application_version) VALUES (0, 21, 'v4.38.19'), (21, 22, 'v4.39.5');

INSERT INTO encryption (name, value) VALUES
    ('check', <8e3b6083719d848fa5494fd9859d0b038259e1655ecbfb31e4e68852e8e66d418163ffcc89dde913028925502ff35ba608d81f1dfe3fac97c840b4fa0429fbb4>),
    ('hmac_key_otp', <a4cdf10df55aa3f13ebcb417cc083a7542702961500d9705d40908d83f856959fc896e2a6f457d042eb5226c2f1c6b640d08>);

INSERT INTO user_opaque_identifier (service, sector_id, username, identifier) VALUES
    ('openid', '', 'alice', '11111111-aaaa-4aaa-8aaa-111111111111'),
    ('openid', 'pairwise.example.net', 'alice', '22222222-aaaa-4aaa-8aaa-222222222222'),
    ('openid', '', 'bob', '33333333-bbbb-4bbb-8bbb-333333333333'),
    ('openid', '', 'carol', '44444444-cccc-4ccc-8ccc-444444444444'),
    ('openid', '', 'henry', '77777777bbbb4bbb8bbb777777777777'),
    ('saml', '', 'alice', '55555555-aaaa-4aaa-8aaa-555555555555'),
    ('openid', '', 'twin.', '66666666-aaaa-4aaa-8aaa-666666666666');

INSERT INTO user_preferences (username, second_factor_method) VALUES ('alice', 'totp'), ('carol', 'webauthn');

-- alice typed a code ten seconds before the tests begin, in an offset of her own; bob has not used his yet.
INSERT INTO totp_configurations (created_at, last_used_at, username, issuer, algorithm, digits, period, secret) VALUES
    ('2023-10-01 08:00:00.123456789+00:00', '2023-11-15 00:13:10.987654321+02:00', 'alice', 'Authelia', 'SHA1', 6, 30,
     <bab01976fad00b86d4e3185961a38ecc087a2220e2dd7527b05a24f9b4368e492314de36f1bc71e5595beedbb2efbfcf8c5008a6ab8e21095badddd8>),
    ('2023-10-02 08:00:00+00:00', NULL, 'bob', 'Authelia', 'SHA256', 8, 60,
     <6c0943836a2b8db71dd56d11e371e65a7390b442c853744562041c3a1c3c671407ac6fdc6b19f3e9394d0f1beb508a0e2bbbc9dc534edf883da74f93>),
    ('2023-10-03 08:00:00+00:00', NULL, 'erin', 'Authelia', 'SHA1', 6, 30,
     <a0e516ca2068612d10b0b35da88ae3b8d84fec5fb9b13c12784bad9f30725f947d9c889bcc0bb19103c1e5b76eca3d0fbd86ccfe3cd76c1305632372>),
    ('2023-10-04 08:00:00+00:00', NULL, 'frank', 'Authelia', 'SHA1', 4, 30,
     <bab01976fad00b86d4e3185961a38ecc087a2220e2dd7527b05a24f9b4368e492314de36f1bc71e5595beedbb2efbfcf8c5008a6ab8e21095badddd8>),
    ('2023-10-05 08:00:00+00:00', NULL, 'grace', 'Authelia', 'SHA1', 6, 30,
     <8b885f659edbf2bb2cf4dd220b5085a1b02dd0fb54b2a67db6dc6723cc7390ca5c6cba2f6c0a00994202f81f8b7bf0>);

INSERT INTO totp_history (username, step) VALUES ('alice', 'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8');

INSERT INTO webauthn_credentials (rpid, username, description, kid, public_key) VALUES
    ('example.com', 'alice', 'Primary', 'a-kid', <3adfe0d88b273bd83bc86279bdfe1812616760d6518008d772d591d9d2d77c052c007068d3e016b9>),
    ('example.com', 'carol', 'Primary', 'c-kid', <3adfe0d88b273bd83bc86279bdfe1812616760d6518008d772d591d9d2d77c052c007068d3e016b9>),
    ('example.com', 'ivan', 'Primary', 'i-kid', <3adfe0d88b273bd83bc86279bdfe1812616760d6518008d772d591d9d2d77c052c007068d3e016b9>);

INSERT INTO duo_devices (username, device, method) VALUES ('dave', 'DUO', 'push'), ('ivan', 'DUO', 'push'), ('bob', 'DUO', 'push');

-- In turn: one that comes along, one more with an audience, then one for every reason to stay.
INSERT INTO oauth2_consent_preconfiguration
    (client_id, subject, created_at, expires_at, revoked, scopes, audience, signature_claims) VALUES
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid|profile', 'remembering', NULL),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid', 'https://api.example.com|remembering', NULL),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', TRUE, 'openid|email', 'remembering', NULL),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-14 22:13:20+00:00', FALSE, 'openid|profile|email', 'remembering', NULL),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid|email', 'remembering', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid|groups', 'remembering', NULL),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid', 'https://other.example.com|remembering', NULL),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid|offline_access', 'remembering', NULL),
    ('remembering', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', NULL, FALSE, 'openid|profile|email', 'remembering', NULL),
    ('web', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid', 'web', NULL),
    ('gone', '11111111-aaaa-4aaa-8aaa-111111111111', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid', 'gone', NULL),
    ('gone', '33333333-bbbb-4bbb-8bbb-333333333333', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid', 'gone', NULL),
    ('remembering', '77777777bbbb4bbb8bbb777777777777', '2023-11-01 08:00:00+00:00', '2023-11-21 08:00:00+00:00', FALSE, 'openid', 'remembering', NULL);
