//! Tokens made readable. Nothing here verifies: what is shown was verified before, or is not the demo's to judge.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A token as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenView {
    /// A signed JWT: its header and its claims, as indented JSON.
    Jwt { header: String, claims: String },
    /// Anything else.
    Opaque(String),
}

impl TokenView {
    /// Takes a token apart.
    pub(crate) fn of(token: &str) -> Self {
        match decoded(token) {
            Some((header, claims)) => Self::Jwt { header, claims },
            None => Self::Opaque(token.to_owned()),
        }
    }
}

fn decoded(token: &str) -> Option<(String, String)> {
    let mut parts = token.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some((object(header)?, object(claims)?))
}

fn object(part: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    value.is_object().then(|| indented(&value))
}

/// JSON for people.
pub(crate) fn indented(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_jwt_is_taken_apart() {
        let TokenView::Jwt { header, claims } = TokenView::of(&token(r#"{"alg":"RS256"}"#, r#"{"sub":"a"}"#))
        else {
            panic!("a JWT");
        };
        assert_eq!(header, "{\n  \"alg\": \"RS256\"\n}");
        assert_eq!(claims, "{\n  \"sub\": \"a\"\n}");
    }

    #[test]
    fn whatever_is_no_jwt_is_shown_as_it_is() {
        for opaque in ["signet_at_abc", "a.b.c", "", "e30.e30", "e30.e30.x.y", &token("{}", "[1]")] {
            assert_eq!(TokenView::of(opaque), TokenView::Opaque(opaque.to_owned()));
        }
    }
}
