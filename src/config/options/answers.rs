//! What a client's tokens and answers are signed and encrypted with.

use super::entry::{Entry, Group, bare, derived, option};
use super::kind::Kind::{OneOf, Text};
use super::kind::{JWE_ENC, JWE_OR_NONE, JWS, JWS_OR_NONE};

const FIRST: &str = "the first key of the algorithm";

const ANSWERS: &[Entry] = &[
    option("id_token_signed_response_alg", OneOf(JWS), "RS256", "`alg` that signs ID tokens"),
    derived("id_token_signed_response_key_id", Text, FIRST, "`kid` of the key that signs ID tokens"),
    option("id_token_encrypted_response_alg", OneOf(JWE_OR_NONE), "none", "`alg` that encrypts ID tokens"),
    option(
        "id_token_encrypted_response_enc",
        OneOf(JWE_ENC),
        "A128CBC-HS256",
        "`enc` that encrypts ID tokens",
    ),
    bare("id_token_encrypted_response_key_id", Text, "`kid` of the client's key that encrypts ID tokens"),
    option(
        "access_token_signed_response_alg",
        OneOf(JWS_OR_NONE),
        "none",
        "`alg` that signs access tokens; `none` makes them opaque",
    ),
    derived("access_token_signed_response_key_id", Text, FIRST, "`kid` of the key that signs access tokens"),
    option(
        "access_token_encrypted_response_alg",
        OneOf(JWE_OR_NONE),
        "none",
        "`alg` that encrypts access tokens",
    ),
    option(
        "access_token_encrypted_response_enc",
        OneOf(JWE_ENC),
        "A128CBC-HS256",
        "`enc` that encrypts access tokens",
    ),
    bare(
        "access_token_encrypted_response_key_id",
        Text,
        "`kid` of the client's key that encrypts access tokens",
    ),
    option(
        "userinfo_signed_response_alg",
        OneOf(JWS_OR_NONE),
        "none",
        "`alg` that signs userinfo answers; `none`: JSON",
    ),
    derived("userinfo_signed_response_key_id", Text, FIRST, "`kid` of the key that signs userinfo answers"),
    option(
        "userinfo_encrypted_response_alg",
        OneOf(JWE_OR_NONE),
        "none",
        "`alg` that encrypts userinfo answers",
    ),
    option(
        "userinfo_encrypted_response_enc",
        OneOf(JWE_ENC),
        "A128CBC-HS256",
        "`enc` that encrypts userinfo answers",
    ),
    bare(
        "userinfo_encrypted_response_key_id",
        Text,
        "`kid` of the client's key that encrypts userinfo answers",
    ),
    option(
        "introspection_signed_response_alg",
        OneOf(JWS_OR_NONE),
        "none",
        "`alg` that signs introspection answers; `none`: JSON",
    ),
    derived(
        "introspection_signed_response_key_id",
        Text,
        FIRST,
        "`kid` of the key that signs introspection answers",
    ),
    option(
        "introspection_encrypted_response_alg",
        OneOf(JWE_OR_NONE),
        "none",
        "`alg` that encrypts introspection answers",
    ),
    option(
        "introspection_encrypted_response_enc",
        OneOf(JWE_ENC),
        "A128CBC-HS256",
        "`enc` that encrypts introspection answers",
    ),
    bare(
        "introspection_encrypted_response_key_id",
        Text,
        "`kid` of the client's key that encrypts introspection answers",
    ),
    option(
        "authorization_signed_response_alg",
        OneOf(JWS),
        "RS256",
        "`alg` that signs authorization responses",
    ),
    derived(
        "authorization_signed_response_key_id",
        Text,
        FIRST,
        "`kid` of the key that signs authorization responses",
    ),
    option(
        "authorization_encrypted_response_alg",
        OneOf(JWE_OR_NONE),
        "none",
        "`alg` that encrypts authorization responses",
    ),
    option(
        "authorization_encrypted_response_enc",
        OneOf(JWE_ENC),
        "A128CBC-HS256",
        "`enc` that encrypts authorization responses",
    ),
    bare(
        "authorization_encrypted_response_key_id",
        Text,
        "`kid` of the client's key that encrypts authorization responses",
    ),
    derived(
        "request_object_signing_alg",
        OneOf(JWS_OR_NONE),
        "any",
        "`alg` that must sign request objects (OpenID Connect Core §6)",
    ),
    option(
        "request_object_encryption_alg",
        OneOf(JWE_OR_NONE),
        "none",
        "the one `alg` that may encrypt request objects (RFC 9101 §6.1); where it is not set, any that encrypts to a key of the provider",
    ),
    option(
        "request_object_encryption_enc",
        OneOf(JWE_ENC),
        "A128CBC-HS256",
        "the one `enc` of request objects that are encrypted by `request_object_encryption_alg`",
    ),
];

pub(super) const GROUPS: &[Group] = &[Group { under: "identity_providers.oidc.clients[]", options: ANSWERS }];
