//! The options of the provider, but for lifespans and clients.

use super::entry::{Entry, Group, bare, derived, option, required};
use super::kind::ASYMMETRIC_JWS_OR_NONE;
use super::kind::Kind::{Flag, OneOf, Subjects, Text, Texts, TextsOf, Whole};

const POLICY: &[&str] = &["one_factor", "two_factor", "deny"];
const ENDPOINTS: &[&str] = &[
    "authorization",
    "device-authorization",
    "pushed-authorization-request",
    "token",
    "introspection",
    "revocation",
    "userinfo",
];

const OIDC: &[Entry] = &[
    required(
        "hmac_secret",
        Text,
        "the secret that every code and token hangs from, at least 32 characters; changing it ends them all",
    ),
    derived("jwks[].key_id", Text, "made from the key (RFC 7638)", "`kid` of the key"),
    option(
        "jwks[].use",
        OneOf(&["sig", "enc"]),
        "sig",
        "what the key is for (RFC 7517 §4.2): `sig` signs, `enc` opens request objects and ID token hints that clients encrypt to it",
    ),
    derived(
        "jwks[].algorithm",
        Text,
        "what the key is for: RS256, ES256, ES384, ES512",
        "`alg` that the key signs with (RFC 7518 §3.1); one key must be for RS256",
    ),
    option(
        "jwks[].state",
        OneOf(&["publish", "sign", "retire"]),
        "sign",
        "`publish` makes the key known before it signs, `retire` keeps it known after it has signed",
    ),
    required("jwks[].key", Text, "the private key, as PEM: RSA of 2048 bits or more, P-256, P-384 or P-521"),
    bare(
        "jwks[].certificate_chain",
        Text,
        "certificates of the key, its own first, as PEM; published as `x5c` (RFC 7517 §4.7)",
    ),
    option(
        "enable_client_debug_messages",
        Flag,
        "false",
        "adds the log's detail to error answers: for setting up a client",
    ),
    option(
        "minimum_parameter_entropy",
        Whole(i64::MIN, i64::MAX),
        "8",
        "the least characters of `state` and `nonce`; -1 turns the check off",
    ),
    option(
        "enforce_pkce",
        OneOf(&["public_clients_only", "never", "always"]),
        "public_clients_only",
        "whom PKCE is demanded of (RFC 7636)",
    ),
    option(
        "enable_pkce_plain_challenge",
        Flag,
        "false",
        "accepts the challenge method `plain` (RFC 7636 §4.2)",
    ),
    option(
        "enable_jwt_access_token_stateless_introspection",
        Flag,
        "false",
        "judges JWT access tokens at introspection by themselves; one that was revoked stays active until it ends",
    ),
    option(
        "discovery_signed_response_alg",
        OneOf(ASYMMETRIC_JWS_OR_NONE),
        "none",
        "`alg` of `signed_metadata` in discovery (RFC 8414 §2.1)",
    ),
    bare("discovery_signed_response_key_id", Text, "`kid` of the key that signs `signed_metadata`"),
    option(
        "require_pushed_authorization_requests",
        Flag,
        "false",
        "accepts authorization requests only when they were pushed (RFC 9126)",
    ),
    bare("cors.endpoints", TextsOf(ENDPOINTS), "endpoints that pages of other origins may call"),
    derived(
        "cors.allowed_origins",
        Texts,
        "every https origin; those of clients alone, with the option below",
        "the origins that may call them; `*` for all",
    ),
    option(
        "cors.allowed_origins_from_client_redirect_uris",
        Flag,
        "false",
        "lets the origins of clients' redirect URIs call them",
    ),
    bare(
        "outbound.allowed_networks",
        Texts,
        "networks inside, or names of `definitions.network`, that Signet may fetch from, by http too; else it fetches \
         by https from the internet only",
    ),
    bare(
        "issuer_private_key",
        Text,
        "an RSA key for RS256, as PEM; deprecated: write it as `key` of an entry of `jwks`",
    ),
    bare(
        "issuer_certificate_chain",
        Text,
        "certificates of `issuer_private_key`, as PEM; deprecated with it",
    ),
];

const POLICIES: &[Entry] = &[
    option("<name>.default_policy", OneOf(POLICY), "two_factor", "what is asked when no rule matches"),
    option(
        "<name>.rules[].policy",
        OneOf(POLICY),
        "two_factor",
        "what is asked when this rule is the first that matches",
    ),
    derived(
        "<name>.rules[].subject",
        Subjects,
        "everyone, when `networks` is set",
        "whom the rule is for: `user:NAME` or `group:NAME`; a list names alternatives, a list within it what must hold together",
    ),
    derived(
        "<name>.rules[].networks",
        Texts,
        "everywhere, when `subject` is set",
        "from where the rule holds: addresses, networks, names of `definitions.network`",
    ),
];

const CLAIMS_POLICIES: &[Entry] = &[
    bare("<name>.id_token", Texts, "claims that are copied into the ID token"),
    bare("<name>.access_token", Texts, "claims that are copied into JWT access tokens"),
    option(
        "<name>.id_token_audience_mode",
        OneOf(&["specification", "experimental-merged"]),
        "specification",
        "`experimental-merged` adds the granted audience to `aud` of the ID token",
    ),
    derived("<name>.custom_claims.<name>.name", Text, "the claim's key", "the name of a claim of one's own"),
    derived(
        "<name>.custom_claims.<name>.attribute",
        Text,
        "the claim's key",
        "the attribute of a person that gives the claim its value",
    ),
];

const SCOPES: &[Entry] = &[bare(
    "<name>.claims",
    Texts,
    "the claims that a scope of one's own stands for (OpenID Connect Core §5.4)",
)];

pub(super) const GROUPS: &[Group] = &[
    Group { under: "identity_providers.oidc", options: OIDC },
    Group { under: "identity_providers.oidc.authorization_policies", options: POLICIES },
    Group { under: "identity_providers.oidc.claims_policies", options: CLAIMS_POLICIES },
    Group { under: "identity_providers.oidc.scopes", options: SCOPES },
];
