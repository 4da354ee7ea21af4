//! The one parser of tokens: JWS compact serialization (RFC 7515 §7.1), read strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::key::SignProblem;
use super::strict_json;

/// The longest token that is read, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// Why a text is no token that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseProblem {
    /// Longer than [`MAX_TOKEN`].
    #[error("the token is longer than {MAX_TOKEN} bytes")]
    TooLong,
    /// Not exactly three parts.
    #[error("the token does not consist of three parts")]
    Parts,
    /// A part that is not base64url as RFC 7515 §2 has it: without padding, without spare bits.
    #[error("a part of the token is not base64url without padding")]
    Encoding,
    /// Header or payload that is no JSON object, or holds a member twice, or is nested too deep.
    #[error("header or payload is no JSON object, holds a member twice or is nested too deep")]
    Json,
    /// `alg` is missing, or `alg`, `kid` or `typ` is no text (RFC 7515 §4.1).
    #[error("the header lacks `alg`, or one of its members has the wrong type")]
    Header,
    /// `crit`, `b64` or `zip`: extensions that change what the rest means (RFC 7515 §4.1.11, RFC 7797 §3).
    #[error("the header asks for an extension (`crit`, `b64` or `zip`)")]
    Extension,
}

/// A token whose signature nobody has checked. Members of the header that bring keys along (`jku`, `jwk`, `x5u`,
/// `x5c`) are ignored: keys come from the key set only.
#[derive(Clone, Debug)]
pub struct Unverified<'t> {
    /// The header.
    pub header: Map<String, Value>,
    /// The claims.
    pub payload: Map<String, Value>,
    /// The text that is signed: the first two parts.
    pub signing_input: &'t str,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Unverified<'_> {
    /// `alg` of the header.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.text("alg").unwrap_or_default()
    }

    /// `kid` of the header.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.text("kid")
    }

    /// `typ` of the header.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.text("typ")
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.header.get(member).and_then(Value::as_str)
    }
}

/// Reads a token without believing it.
///
/// # Errors
/// The first [`ParseProblem`] found.
pub fn parse(token: &str) -> Result<Unverified<'_>, ParseProblem> {
    if token.len() > MAX_TOKEN {
        return Err(ParseProblem::TooLong);
    }
    let (signing_input, signature) = token.rsplit_once('.').ok_or(ParseProblem::Parts)?;
    let (header, payload) = signing_input.split_once('.').ok_or(ParseProblem::Parts)?;
    if payload.contains('.') {
        return Err(ParseProblem::Parts);
    }
    let header = strict_json::object(&decode(header)?).ok_or(ParseProblem::Json)?;
    let payload = strict_json::object(&decode(payload)?).ok_or(ParseProblem::Json)?;
    let signature = decode(signature)?;
    let texts = ["alg", "kid", "typ"];
    if !header.contains_key("alg")
        || texts.iter().any(|name| header.get(*name).is_some_and(|it| !it.is_string()))
    {
        return Err(ParseProblem::Header);
    }
    if ["crit", "b64", "zip"].iter().any(|name| header.contains_key(*name)) {
        return Err(ParseProblem::Extension);
    }
    Ok(Unverified { header, payload, signing_input, signature })
}

/// The first two parts of a token that is still to be signed.
pub(super) fn signing_input(header: &Value, claims: &impl Serialize) -> Result<String, SignProblem> {
    let claims = serde_json::to_vec(claims).map_err(|_| SignProblem::Claims)?;
    if claims.first() != Some(&b'{') {
        return Err(SignProblem::Claims);
    }
    let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    Ok(token)
}

fn decode(part: &str) -> Result<Vec<u8>, ParseProblem> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| ParseProblem::Encoding)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn a_token_is_taken_apart() {
        let text = token(r#"{"alg":"RS256","kid":"k","typ":"JWT","jku":"https://evil"}"#, r#"{"sub":"a"}"#);
        let parsed = parse(&text).unwrap();
        assert_eq!((parsed.algorithm(), parsed.key_id(), parsed.typ()), ("RS256", Some("k"), Some("JWT")));
        assert_eq!(parsed.payload.get("sub").unwrap(), "a");
        assert_eq!(parsed.signature, b"sig");
        assert_eq!(format!("{}.c2ln", parsed.signing_input), text);
    }

    #[test]
    fn other_numbers_of_parts_are_refused() {
        for text in ["", "a", "e30.e30", "e30.e30.e30.e30", "e30.e30.e30.e30.e30", "{\"payload\":\"e30\"}"] {
            assert_eq!(parse(text).unwrap_err(), ParseProblem::Parts, "{text}");
        }
    }

    #[test]
    fn base64url_is_read_in_its_one_form_only() {
        let good = token(r#"{"alg":"RS256"}"#, "{}");
        assert!(parse(&good).is_ok());
        let (head, _) = good.rsplit_once('.').unwrap();
        // padded, with a space, with a line end, in the other alphabet, with spare bits
        for signature in ["c2ln====", "c2k=", " c2ln", "c2ln\n", "+/+/", "c2l"] {
            let result = parse(&format!("{head}.{signature}")).map(|_| ());
            assert_eq!(result, Err(ParseProblem::Encoding), "{signature}");
        }
    }

    #[test]
    fn headers_that_change_the_meaning_are_refused() {
        for header in [
            r#"{"alg":"RS256","crit":["exp"]}"#,
            r#"{"alg":"RS256","crit":[]}"#,
            r#"{"alg":"RS256","b64":false}"#,
            r#"{"alg":"RS256","b64":true}"#,
            r#"{"alg":"RS256","zip":"DEF"}"#,
        ] {
            assert_eq!(parse(&token(header, "{}")).unwrap_err(), ParseProblem::Extension, "{header}");
        }
        for header in ["{}", r#"{"alg":1}"#, r#"{"alg":"RS256","kid":1}"#, r#"{"alg":"RS256","typ":null}"#] {
            assert_eq!(parse(&token(header, "{}")).unwrap_err(), ParseProblem::Header, "{header}");
        }
    }

    #[test]
    fn duplicate_members_arrays_and_a_byte_order_mark_are_refused() {
        for (header, payload) in [
            (r#"{"alg":"RS256","alg":"none"}"#, "{}"),
            (r#"{"alg":"RS256"}"#, r#"{"sub":"a","sub":"b"}"#),
            (r#"{"alg":"RS256"}"#, "[]"),
            ("\u{feff}{\"alg\":\"RS256\"}", "{}"),
        ] {
            assert_eq!(parse(&token(header, payload)).unwrap_err(), ParseProblem::Json, "{header} {payload}");
        }
    }

    #[test]
    fn a_token_beyond_the_limit_is_refused_unread() {
        assert_eq!(parse(&"a".repeat(MAX_TOKEN + 1)).unwrap_err(), ParseProblem::TooLong);
        let long_kid = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(1 << 20));
        assert_eq!(parse(&token(&long_kid, "{}")).unwrap_err(), ParseProblem::TooLong);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[A-Za-z0-9_.=-]{0,80}", other in ".{0,40}") {
            let _ = parse(&text);
            let _ = parse(&other);
        }
    }
}
