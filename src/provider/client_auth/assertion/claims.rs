//! What a client assertion must say (RFC 7523 §3, RFC 10070): a pure judgement of a token whose signature fits.

use serde_json::{Map, Value};

use super::super::super::discovery::paths;
use crate::clock::{NumericDate, Seconds};
use crate::jose::{ClaimProblem, Unverified, audience, numeric_date};
use crate::model::issuer::Issuer;

/// `typ` of an assertion that is for one issuer alone (RFC 10070).
pub const TYP: &str = "client-authentication+jwt";

/// How far ahead an assertion of type [`TYP`] may end: five minutes, in seconds.
pub const LIFE: Seconds = 300;
/// How far ahead an assertion of an older client may end: a day, in seconds.
pub const OLDER_LIFE: Seconds = 24 * 3600;
/// How far ahead of ours the clock of a client may be, in seconds.
pub const TOLERANCE: Seconds = 30;
/// The longest `jti`, in bytes.
pub const MAX_JTI: usize = 256;

/// Members of the header that bring a key along, or say where one lies (RFC 7515 §4.1.2-4.1.6).
const BROUGHT_KEYS: [&str; 4] = ["jku", "jwk", "x5u", "x5c"];

/// The endpoints that an older client may name as audience: those at which clients authenticate.
const ENDPOINTS: [&str; 5] = [
    paths::TOKEN,
    paths::PUSHED_AUTHORIZATION_REQUEST,
    paths::DEVICE_AUTHORIZATION,
    paths::INTROSPECTION,
    paths::REVOCATION,
];

/// What an assertion is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The client that it must be of.
    pub client_id: &'a str,
    /// The issuer that the request came to.
    pub issuer: &'a Issuer,
    /// Whether the client sends none but type [`TYP`] (`token_endpoint_auth_jwt_audience`).
    pub issuer_only: bool,
    /// The time.
    pub now: NumericDate,
}

/// An assertion that says what it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What tells it from every other of this client.
    pub jti: String,
    /// When it ends.
    pub expires_at: NumericDate,
}

/// Why an assertion does not count. For the log alone: its sender is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsProblem {
    /// A header that brings a key.
    #[error("the header brings a key along ({0}), and keys come from the registration alone")]
    BroughtKey(&'static str),
    /// A `typ` that is neither.
    #[error("`typ` is neither {TYP} nor JWT")]
    Type,
    /// An older one of a client that sends none.
    #[error("`typ` is not {TYP}, which token_endpoint_auth_jwt_audience asks of this client")]
    OlderType,
    /// `iss` or `sub` is not the client (RFC 7523 §3).
    #[error("`iss` and `sub` must both be the client_id")]
    Client,
    /// `aud` is not the issuer alone.
    #[error("`aud` must be the issuer, as a text and nothing beside it")]
    Audience,
    /// `aud` names somebody else.
    #[error("`aud` must name nothing but this issuer and its own endpoints")]
    OlderAudience,
    /// `jti` is missing or has a wrong form.
    #[error("`jti` must be a text of 1 to {MAX_JTI} bytes")]
    Id,
    /// A time with a wrong form, or none.
    #[error("`{0}`: {1}")]
    Time(&'static str, ClaimProblem),
    /// It has ended.
    #[error("it has expired")]
    Expired,
    /// It lives for too long.
    #[error("it would live for too long")]
    TooLong,
    /// It begins later.
    #[error("`{0}` is in the future")]
    Future(&'static str),
}

/// Judges a token whose signature fits.
///
/// # Errors
/// The first [`ClaimsProblem`] found.
pub fn judge(token: &Unverified<'_>, expected: Expected<'_>) -> Result<Accepted, ClaimsProblem> {
    if let Some(name) = BROUGHT_KEYS.into_iter().find(|name| token.header.contains_key(*name)) {
        return Err(ClaimsProblem::BroughtKey(name));
    }
    let claims = &token.payload;
    let is_client = |name: &str| claims.get(name).and_then(Value::as_str) == Some(expected.client_id);
    if !is_client("iss") || !is_client("sub") {
        return Err(ClaimsProblem::Client);
    }
    let life = if token.typ_is(TYP) {
        if claims.get("aud").and_then(Value::as_str) != Some(expected.issuer.as_str()) {
            return Err(ClaimsProblem::Audience);
        }
        LIFE
    } else if token.typ().is_none() || token.typ_is("JWT") {
        if expected.issuer_only {
            return Err(ClaimsProblem::OlderType);
        }
        let own = |name: &&str| {
            *name == expected.issuer.as_str()
                || ENDPOINTS.iter().any(|path| expected.issuer.url(path) == *name)
        };
        let named = audience(claims).map_err(|_| ClaimsProblem::OlderAudience)?;
        if !named.iter().all(own) {
            return Err(ClaimsProblem::OlderAudience);
        }
        OLDER_LIFE
    } else {
        return Err(ClaimsProblem::Type);
    };
    let expires_at = times(claims, life, expected.now)?;
    let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| (1..=MAX_JTI).contains(&jti.len()));
    Ok(Accepted { jti: jti.ok_or(ClaimsProblem::Id)?.to_owned(), expires_at })
}

/// When it ends, if it holds now. Its life counts from `iat` where that is a little ahead.
fn times(claims: &Map<String, Value>, life: Seconds, now: NumericDate) -> Result<NumericDate, ClaimsProblem> {
    let mut begins = now;
    for name in ["iat", "nbf"] {
        match numeric_date(claims, name) {
            Err(ClaimProblem::Missing) => {}
            Err(problem) => return Err(ClaimsProblem::Time(name, problem)),
            Ok(time) if time > now + TOLERANCE => return Err(ClaimsProblem::Future(name)),
            Ok(time) if name == "iat" => begins = begins.max(time),
            Ok(_) => {}
        }
    }
    let expires_at = numeric_date(claims, "exp").map_err(|problem| ClaimsProblem::Time("exp", problem))?;
    if expires_at <= now {
        return Err(ClaimsProblem::Expired);
    }
    if expires_at - begins > life {
        return Err(ClaimsProblem::TooLong);
    }
    Ok(expires_at)
}

#[cfg(test)]
mod tests;
