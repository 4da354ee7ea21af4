//! The options of a client, but for how its tokens and answers are signed and encrypted.

use super::entry::{Entry, Group, bare, derived, option, required};
use super::kind::Kind::{Anything, Flag, OneOf, Text, Texts, TextsOf, Time};
use super::kind::{AUTH_METHODS, JWS};
use crate::protocol::GrantType;

const RESPONSE_MODES: &[&str] =
    &["form_post", "form_post.jwt", "query", "query.jwt", "fragment", "fragment.jwt", "jwt"];
const METHOD: &str = "`client_secret_basic`; `none` for a public client";
const OTHER_METHOD: &str =
    "`client_secret_basic`; `none` for a public client; `private_key_jwt` where the token endpoint has it";
const ALGORITHM: &str = "HS256 with `client_secret_jwt`; must be set with `private_key_jwt`";

const CLIENT: &[Entry] = &[
    required(
        "client_id",
        Text,
        "the name that the app calls itself by: letters, digits, `.`, `_`, `~`, `-`; at most 100",
    ),
    derived("client_name", Text, "the `client_id`", "the name that people see"),
    derived(
        "client_secret",
        Text,
        "required for a confidential client",
        "the digest of the client's secret, as `signet crypto hash generate pbkdf2 --random` makes it",
    ),
    bare(
        "sector_identifier_uri",
        Text,
        "gives the clients of a sector a `sub` of their own (OpenID Connect Core §8.1)",
    ),
    option("public", Flag, "false", "an app that cannot keep a secret (RFC 6749 §2.1)"),
    bare(
        "redirect_uris",
        Texts,
        "where answers may go, compared exactly; a public client may choose the port on 127.0.0.1 and [::1] (RFC 8252 §7.3)",
    ),
    bare("request_uris", Texts, "where request objects may lie (OpenID Connect Core §6.2)"),
    bare("audience", Texts, "what `audience` and `resource` may name (RFC 8707)"),
    derived(
        "scopes",
        Texts,
        "openid, groups, profile, email; none with `client_credentials`",
        "what the client may ask for",
    ),
    derived(
        "grant_types",
        TextsOf(GrantType::NAMES),
        "`authorization_code`, with the response type `code`",
        "the grants that the client may use",
    ),
    option("response_types", Texts, "['code']", "the response types that the client may use"),
    derived(
        "response_modes",
        TextsOf(RESPONSE_MODES),
        "`form_post`, `query`; also `fragment` with a response type that needs it",
        "the ways in which answers may reach the client",
    ),
    derived(
        "authorization_policy",
        Text,
        "`two_factor`; `one_factor` with `client_credentials`",
        "who may use the client: `one_factor`, `two_factor`, or a name of `authorization_policies`",
    ),
    derived("lifespan", Text, "those of `lifespans` itself", "a name of `lifespans.custom`"),
    bare("claims_policy", Text, "a name of `claims_policies`"),
    option(
        "requested_audience_mode",
        OneOf(&["explicit", "implicit"]),
        "explicit",
        "`implicit` grants the whole audience to a request that names none",
    ),
    option(
        "consent_mode",
        OneOf(&["auto", "explicit", "implicit", "pre-configured"]),
        "auto",
        "when people are asked: each time, never, or not while they are remembered; `auto` remembers where a duration is set",
    ),
    derived(
        "pre_configured_consent_duration",
        Time,
        "1w with `pre-configured`",
        "how long a consent can be remembered",
    ),
    option(
        "require_pushed_authorization_requests",
        Flag,
        "false",
        "accepts this client's authorization requests only when they were pushed (RFC 9126)",
    ),
    option("require_pkce", Flag, "false", "demands PKCE of this client (RFC 7636)"),
    derived(
        "pkce_challenge_method",
        OneOf(&["plain", "S256"]),
        "any that is enabled",
        "demands PKCE by this method",
    ),
    derived(
        "token_endpoint_auth_method",
        OneOf(AUTH_METHODS),
        METHOD,
        "how the client proves who it is at the token endpoint",
    ),
    derived(
        "token_endpoint_auth_signing_alg",
        OneOf(JWS),
        ALGORITHM,
        "`alg` of the client's assertions at the token endpoint",
    ),
    derived(
        "introspection_endpoint_auth_method",
        OneOf(AUTH_METHODS),
        OTHER_METHOD,
        "how the client proves who it is at the introspection endpoint",
    ),
    derived(
        "introspection_endpoint_auth_signing_alg",
        OneOf(JWS),
        ALGORITHM,
        "`alg` of the client's assertions at the introspection endpoint",
    ),
    derived(
        "revocation_endpoint_auth_method",
        OneOf(AUTH_METHODS),
        OTHER_METHOD,
        "how the client proves who it is at the revocation endpoint",
    ),
    derived(
        "revocation_endpoint_auth_signing_alg",
        OneOf(JWS),
        ALGORITHM,
        "`alg` of the client's assertions at the revocation endpoint",
    ),
    derived(
        "pushed_authorization_request_endpoint_auth_method",
        OneOf(AUTH_METHODS),
        OTHER_METHOD,
        "how the client proves who it is at the pushed authorization request endpoint",
    ),
    derived(
        "pushed_authorization_request_endpoint_auth_signing_alg",
        OneOf(JWS),
        ALGORITHM,
        "`alg` of the client's assertions at the pushed authorization request endpoint",
    ),
    option(
        "allow_multiple_auth_methods",
        Flag,
        "false",
        "accepts requests that carry several authentication methods; the registered one decides",
    ),
    bare(
        "token_endpoint_auth_jwt_audience",
        OneOf(&["issuer"]),
        "`issuer` accepts only assertions of the type `client-authentication+jwt`, whose audience is the issuer alone (RFC 10070)",
    ),
    bare("jwks_uri", Text, "where the client's public keys lie"),
    bare("jwks[].key_id", Text, "`kid` of a public key of the client"),
    option("jwks[].use", OneOf(&["sig", "enc"]), "sig", "what the client's key is for"),
    derived("jwks[].algorithm", Text, "what the key is for", "`alg` of the client's key"),
    bare("jwks[].key", Text, "the client's public key, as PEM"),
    bare("jwks[].certificate_chain", Text, "certificates of the client's key, as PEM"),
    bare(
        "post_logout_redirect_uris",
        Texts,
        "where people may be led to after the app signed them out (RP-Initiated Logout 1.0 §3.1)",
    ),
    derived(
        "subject",
        Text,
        "the `client_id`",
        "`sub` of the tokens that the client gets for itself (RFC 9068 §2.2)",
    ),
    bare(
        "claims.<name>",
        Anything,
        "a claim of the JWT access tokens that the client gets for itself: text, number, true or false, or a list of these",
    ),
    bare(
        "introspect_audiences",
        Texts,
        "whose tokens the client may introspect beside its own: those for these audiences",
    ),
    option(
        "introspect_any",
        Flag,
        "false",
        "lets the client introspect every token; not for a public client",
    ),
];

pub(super) const GROUPS: &[Group] = &[Group { under: "identity_providers.oidc.clients[]", options: CLIENT }];
