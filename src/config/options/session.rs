//! The options of `session`.

use super::entry::{Entry, Group, aside, bare, derived, option, required};
use super::kind::Kind::{Flag, OneOf, Text, Time, Whole};
use super::kind::TLS_VERSIONS;

const SAME_SITE: &[&str] = &["lax", "strict", "none"];

const SESSION: &[Entry] = &[
    option(
        "name",
        Text,
        "signet_session",
        "the word in the cookie's name; under https `__Host-` stands before it",
    ),
    option(
        "same_site",
        OneOf(SAME_SITE),
        "lax",
        "`SameSite` of the cookie; no other value works with sign-on from apps",
    ),
    option("expiration", Time, "1h", "how long a sign-in lasts at most"),
    option("inactivity", Time, "5m", "how long a sign-in lasts without use"),
    option(
        "remember_me",
        Time,
        "30 days",
        "how long a sign-in lasts when the person asks to be remembered; -1: nobody can ask",
    ),
    bare("secret", Text, "what sessions are encrypted with"),
    derived("cookies[].name", Text, "`session.name`", "the word in the name of this issuer's cookie"),
    derived(
        "cookies[].same_site",
        OneOf(SAME_SITE),
        "`session.same_site`",
        "`SameSite` of this issuer's cookie",
    ),
    derived(
        "cookies[].expiration",
        Time,
        "`session.expiration`",
        "how long a sign-in at this issuer lasts at most",
    ),
    derived(
        "cookies[].inactivity",
        Time,
        "`session.inactivity`",
        "how long a sign-in at this issuer lasts without use",
    ),
    derived(
        "cookies[].remember_me",
        Time,
        "`session.remember_me`",
        "how long this issuer remembers a person who asks for it",
    ),
    required("cookies[].domain", Text, "the domain in which the issuer lies; none may lie within another"),
    required(
        "cookies[].authelia_url",
        Text,
        "the issuer: the address at which people reach Signet (OpenID Connect Core §2, `iss`)",
    ),
    bare(
        "cookies[].default_redirection_url",
        Text,
        "where the page of a person who came from nowhere leads on to",
    ),
    bare("domain", Text, ""),
];

const REDIS: &[Entry] = &[
    aside("host", Text),
    aside("port", Whole(0, i64::MAX)),
    aside("timeout", Time),
    aside("max_retries", Whole(0, i64::MAX)),
    aside("username", Text),
    aside("password", Text),
    aside("database_index", Whole(0, i64::MAX)),
    aside("maximum_active_connections", Whole(0, i64::MAX)),
    aside("minimum_idle_connections", Whole(0, i64::MAX)),
    aside("tls.minimum_version", OneOf(TLS_VERSIONS)),
    aside("tls.maximum_version", OneOf(TLS_VERSIONS)),
    aside("tls.skip_verify", Flag),
    aside("tls.server_name", Text),
    aside("tls.private_key", Text),
    aside("tls.certificate_chain", Text),
    aside("high_availability.sentinel_name", Text),
    aside("high_availability.sentinel_username", Text),
    aside("high_availability.sentinel_password", Text),
    aside("high_availability.route_by_latency", Flag),
    aside("high_availability.route_randomly", Flag),
    aside("high_availability.nodes[].host", Text),
    aside("high_availability.nodes[].port", Whole(0, i64::MAX)),
];

pub(super) const GROUPS: &[Group] =
    &[Group { under: "session", options: SESSION }, Group { under: "session.redis", options: REDIS }];
