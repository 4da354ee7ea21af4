//! What a fuzzer feeds to the judgement of client assertions: any bytes as claims, under a signature that fits.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::client_auth::assertion::claims::{Accepted, Expected, MAX_JTI, OLDER_LIFE, TOLERANCE, TYP, judge};
use crate::clock::NumericDate;
use crate::jose::compact::{MAX_TOKEN, parse};
use crate::jose::{MacAlgorithm, MacKey};
use crate::model::issuer::Issuer;

const NOW: NumericDate = 1_700_000_000;
const ISSUER: &str = "https://op.test";
const CLIENT: &str = "svc";

static KEY: LazyLock<MacKey> =
    LazyLock::new(|| MacKey::new(MacAlgorithm::Hs256, b"the secret of the fuzzer"));

/// The claims of an assertion: whatever they are, nothing panics; what is accepted says all it must, as another reader
/// reads it, and the signature makes no difference to it.
pub fn f5_client_assertion(data: &[u8]) {
    let Ok(issuer) = Issuer::parse(ISSUER) else { return };
    for (typ, issuer_only) in [(TYP, true), (TYP, false), ("JWT", true), ("JWT", false), ("at+jwt", false)] {
        let expected = Expected { client_id: CLIENT, issuer: &issuer, issuer_only, now: NOW };
        let header = json!({"alg": "HS256", "typ": typ}).to_string();
        let text = format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(data));
        let Ok(token) = parse(&text) else { return };
        let judged = judge(&token, expected);
        if let Ok(accepted) = &judged {
            assert!(typ == TYP || (typ == "JWT" && !issuer_only), "{typ}");
            says_what_it_must(data, accepted, typ == TYP);
        }
        let Ok(signed) = KEY.sign(typ, &token.payload) else { return };
        if signed.len() > MAX_TOKEN {
            return;
        }
        let read = parse(&signed);
        assert!(read.is_ok(), "what was signed is not read: {signed}");
        let Ok(read) = read else { return };
        assert!(KEY.verifies(read.signing_input.as_bytes(), &read.signature));
        assert_eq!(judge(&read, expected), judged);
    }
}

fn says_what_it_must(data: &[u8], accepted: &Accepted, alone: bool) {
    let claims: Value = serde_json::from_slice(data).unwrap_or_default();
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    assert_eq!((text("iss"), text("sub")), (CLIENT, CLIENT));
    assert_eq!(text("jti"), accepted.jti);
    assert!((1..=MAX_JTI).contains(&accepted.jti.len()));
    // A time may have a fraction, or be written with an exponent.
    let whole = |time: &Value| {
        let text = time.as_i64().map(|time| time.to_string());
        text.or_else(|| Some(format!("{:.0}", time.as_f64()?.floor())))?.parse::<NumericDate>().ok()
    };
    assert_eq!(claims.get("exp").and_then(whole), Some(accepted.expires_at));
    assert!(accepted.expires_at > NOW && accepted.expires_at <= NOW + OLDER_LIFE + TOLERANCE);
    for name in ["iat", "nbf"] {
        assert!(claims.get(name).is_none_or(|time| whole(time).is_some_and(|time| time <= NOW + TOLERANCE)));
    }
    let own = |aud: &Value| {
        aud.as_str()
            .is_some_and(|aud| aud == ISSUER || (!alone && aud.starts_with("https://op.test/api/oidc/")))
    };
    let is_own = match claims.get("aud") {
        Some(Value::Array(list)) => !alone && !list.is_empty() && list.iter().all(own),
        Some(aud) => own(aud),
        None => false,
    };
    assert!(is_own, "accepted for {:?}", claims.get("aud"));
}

#[cfg(test)]
#[path = "../../fuzz/corpus.rs"]
#[allow(clippy::duplicate_mod, reason = "a room must not use another's tests")]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f5_no_assertion_is_misjudged() {
        corpus::run("f5_client_assertion", f5_client_assertion);
    }
}
