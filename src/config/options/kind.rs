//! What kind of value an option takes.

use std::fmt;

/// What kind of value an option takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A scalar as text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number between two, both included.
    Whole(i64, i64),
    /// One of these numbers.
    Number(&'static [i64]),
    /// A list of whole numbers.
    Numbers,
    /// A duration.
    Time,
    /// A duration, or one of these words.
    TimeOr(&'static [&'static str]),
    /// A text or a list of texts.
    Texts,
    /// A text or a list, of these words.
    TextsOf(&'static [&'static str]),
    /// A text, a list of texts, or a list of lists of texts.
    Subjects,
    /// Whatever: the option is left aside, or its section judges it.
    Anything,
}

pub(super) const JWS: &[&str] = &[
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384",
    "PS512",
];
pub(super) const JWS_OR_NONE: &[&str] = &[
    "none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256",
    "PS384", "PS512",
];
pub(super) const ASYMMETRIC_JWS_OR_NONE: &[&str] =
    &["none", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];
pub(super) const JWE_OR_NONE: &[&str] = &[
    "none",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
];
pub(super) const JWE_ENC: &[&str] =
    &["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];
pub(super) const AUTH_METHODS: &[&str] =
    &["none", "client_secret_post", "client_secret_basic", "private_key_jwt", "client_secret_jwt"];
pub(super) const TLS_VERSIONS: &[&str] =
    &["TLS 1.0", "TLS1.0", "TLS 1.1", "TLS1.1", "TLS 1.2", "TLS1.2", "TLS 1.3", "TLS1.3"];

/// Lists too long for a table, and what to call them (RFC 7518 §3.1, §4.1, §5.1).
const NAMED: &[(&[&str], &str)] = &[
    (JWS, "a JWS `alg`"),
    (JWS_OR_NONE, "`none` or a JWS `alg`"),
    (ASYMMETRIC_JWS_OR_NONE, "`none` or a JWS `alg` of a key pair"),
    (JWE_OR_NONE, "`none` or a JWE `alg`"),
    (JWE_ENC, "a JWE `enc`"),
];

impl fmt::Display for Kind {
    /// In words, with the values as code in Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Text => f.write_str("text"),
            Kind::OneOf(words) => match NAMED.iter().find(|(list, _)| list == words) {
                Some((_, name)) => f.write_str(name),
                None => f.write_str(&codes(words)),
            },
            Kind::Flag => f.write_str("`true`, `false`"),
            Kind::Whole(i64::MIN, i64::MAX) => f.write_str("whole number"),
            Kind::Whole(low, i64::MAX) => write!(f, "whole number from {low}"),
            Kind::Whole(low, high) => write!(f, "whole number from {low} to {high}"),
            Kind::Number(numbers) => f.write_str(&codes(numbers)),
            Kind::Numbers => f.write_str("list of whole numbers"),
            Kind::Time => f.write_str("duration"),
            Kind::TimeOr(words) => write!(f, "duration, {}", codes(words)),
            Kind::Texts => f.write_str("text or list"),
            Kind::TextsOf(words) => write!(f, "list of {}", codes(words)),
            Kind::Subjects => f.write_str("text, list, or list of lists"),
            Kind::Anything => f.write_str("anything"),
        }
    }
}

fn codes<T: fmt::Display>(words: &[T]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
