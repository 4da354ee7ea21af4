//! The options of `server`.

use super::entry::{Entry, Group, aside, bare, derived, option};
use super::kind::Kind::{Flag, OneOf, Text, Texts, TextsOf, Time, Whole};

const SERVER: &[Entry] = &[
    option(
        "address",
        Text,
        "tcp://:9091/",
        "where to listen: `tcp://`, `tcp4://`, `tcp6://` and a path of one word, the base path of every issuer; `unix:///run/signet.sock?umask=0117&path=auth`, a socket of this machine, its mode and the base path; `fd://3`, a socket that was handed over",
    ),
    bare(
        "trusted_proxies",
        Texts,
        "whose `X-Forwarded-For` counts: addresses, networks, names of `definitions.network`",
    ),
    bare("asset_path", Text, "a folder with pictures that take the place of the pages' own"),
    option("disable_healthcheck", Flag, "false", "whether `/api/health` answers 404"),
    bare(
        "tls.certificate",
        Text,
        "a PEM file with the certificate and those of its issuers: Signet speaks TLS itself",
    ),
    bare("tls.key", Text, "the PEM file with the private key of the certificate"),
    bare("tls.client_certificates", Texts, "authorities of which clients must show a certificate"),
    bare("headers.csp_template", Text, "the Content-Security-Policy of the pages"),
    option(
        "buffers.read",
        Whole(0, i64::MAX),
        "4096",
        "bytes that the head of a request may have; 32768 in any case",
    ),
    option("buffers.write", Whole(0, i64::MAX), "4096", "bytes that are gathered before they are sent"),
    option(
        "timeouts.read",
        Time,
        "6s",
        "how long the head of a request may take, and how long a connection stays without one",
    ),
    option("timeouts.write", Time, "6s", "how long an answer may take"),
    option("timeouts.idle", Time, "30s", "how long a connection may wait for its next request"),
];

const ENDPOINTS: &[Entry] = &[
    option("enable_pprof", Flag, "false", "serves profiles of the Go runtime"),
    option("enable_expvars", Flag, "false", "serves variables of the Go runtime"),
    aside("authz.<name>.implementation", OneOf(&["ForwardAuth", "AuthRequest", "ExtAuthz", "Legacy"])),
    aside(
        "authz.<name>.authn_strategies[].name",
        OneOf(&[
            "HeaderAuthorization",
            "HeaderProxyAuthorization",
            "HeaderAuthRequestProxyAuthorization",
            "HeaderLegacy",
            "CookieSession",
        ]),
    ),
    aside("authz.<name>.authn_strategies[].schemes", TextsOf(&["basic", "bearer"])),
    aside("authz.<name>.authn_strategies[].scheme_basic_cache_lifespan", Time),
];

const PROVIDER: &str = "30 in 1m, 40 in 2m, 50 in 10m, 100 in 1h";
const CODE: &str = "30 in 1m, 40 in 2m, 50 in 10m";
const PERIOD: &str = "the span in which requests of one address are counted, more than 10s";
const REQUESTS: &str = "how many of them may fail within the span, at least 2";

const RATE_LIMITS: &[Entry] = &[
    option("openid_connect_token.enable", Flag, "true", "limits requests to the token endpoint"),
    derived("openid_connect_token.buckets[].period", Time, PROVIDER, PERIOD),
    derived("openid_connect_token.buckets[].requests", Whole(0, i64::MAX), PROVIDER, REQUESTS),
    option(
        "openid_connect_pushed_authorization_request.enable",
        Flag,
        "true",
        "limits pushed authorization requests",
    ),
    derived("openid_connect_pushed_authorization_request.buckets[].period", Time, PROVIDER, PERIOD),
    derived(
        "openid_connect_pushed_authorization_request.buckets[].requests",
        Whole(0, i64::MAX),
        PROVIDER,
        REQUESTS,
    ),
    option("openid_connect_userinfo.enable", Flag, "true", "limits requests to the userinfo endpoint"),
    derived("openid_connect_userinfo.buckets[].period", Time, PROVIDER, PERIOD),
    derived("openid_connect_userinfo.buckets[].requests", Whole(0, i64::MAX), PROVIDER, REQUESTS),
    option(
        "openid_connect_introspection.enable",
        Flag,
        "true",
        "limits requests to the introspection endpoint",
    ),
    derived("openid_connect_introspection.buckets[].period", Time, PROVIDER, PERIOD),
    derived("openid_connect_introspection.buckets[].requests", Whole(0, i64::MAX), PROVIDER, REQUESTS),
    option("openid_connect_revocation.enable", Flag, "true", "limits requests to the revocation endpoint"),
    derived("openid_connect_revocation.buckets[].period", Time, PROVIDER, PERIOD),
    derived("openid_connect_revocation.buckets[].requests", Whole(0, i64::MAX), PROVIDER, REQUESTS),
    option("second_factor_totp.enable", Flag, "true", "limits one-time codes that are tried"),
    derived("second_factor_totp.buckets[].period", Time, CODE, PERIOD),
    derived("second_factor_totp.buckets[].requests", Whole(0, i64::MAX), CODE, REQUESTS),
    option("second_factor_duo.enable", Flag, "true", "limits pushes to telephones"),
    derived("second_factor_duo.buckets[].period", Time, "10 in 1m, 15 in 2m", PERIOD),
    derived("second_factor_duo.buckets[].requests", Whole(0, i64::MAX), "10 in 1m, 15 in 2m", REQUESTS),
    option("reset_password_start.enable", Flag, "true", "limits mails for a new password"),
    derived("reset_password_start.buckets[].period", Time, "5 in 10m, 10 in 15m, 15 in 30m", PERIOD),
    derived(
        "reset_password_start.buckets[].requests",
        Whole(0, i64::MAX),
        "5 in 10m, 10 in 15m, 15 in 30m",
        REQUESTS,
    ),
    option("reset_password_finish.enable", Flag, "true", "limits tries to set a new password"),
    derived("reset_password_finish.buckets[].period", Time, "10 in 1m, 15 in 2m", PERIOD),
    derived("reset_password_finish.buckets[].requests", Whole(0, i64::MAX), "10 in 1m, 15 in 2m", REQUESTS),
    option("session_elevation_start.enable", Flag, "true", "limits mails that confirm a step"),
    derived("session_elevation_start.buckets[].period", Time, "3 in 5m, 5 in 10m, 15 in 1h", PERIOD),
    derived(
        "session_elevation_start.buckets[].requests",
        Whole(0, i64::MAX),
        "3 in 5m, 5 in 10m, 15 in 1h",
        REQUESTS,
    ),
    option("session_elevation_finish.enable", Flag, "true", "limits tries to confirm a step"),
    derived("session_elevation_finish.buckets[].period", Time, "3 in 10m, 5 in 20m, 15 in 1h", PERIOD),
    derived(
        "session_elevation_finish.buckets[].requests",
        Whole(0, i64::MAX),
        "3 in 10m, 5 in 20m, 15 in 1h",
        REQUESTS,
    ),
];

pub(super) const GROUPS: &[Group] = &[
    Group { under: "server", options: SERVER },
    Group { under: "server.endpoints", options: ENDPOINTS },
    Group { under: "server.endpoints.rate_limits", options: RATE_LIMITS },
];
