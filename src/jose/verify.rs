//! Verifying tokens that this key set has signed, and reading their claims.

use serde_json::{Map, Value};

use super::compact::{ParseProblem, Unverified, parse};
use super::keyset::KeySet;

/// The last second of the year 9999: later times are refused, so that adding to a time never overflows.
const LATEST: i64 = 253_402_300_799;

/// Why a token is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyProblem {
    /// No token at all.
    #[error(transparent)]
    Malformed(#[from] ParseProblem),
    /// Another kind of token than the ones expected (RFC 8725 §3.11).
    #[error("the token is of another type than the one expected here")]
    Type,
    /// No `kid`, or one that no key has.
    #[error("the token names no key of this provider")]
    UnknownKey,
    /// `alg` is not the algorithm of the key (RFC 8725 §3.1).
    #[error("the token names another algorithm than that of its key")]
    Algorithm,
    /// The signature does not fit.
    #[error("the signature of the token does not fit")]
    Signature,
}

/// Why a claim cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimProblem {
    /// Not there.
    #[error("the claim is missing")]
    Missing,
    /// There, but of another type, negative or beyond the year 9999.
    #[error("the claim has a value that is not allowed")]
    Invalid,
}

impl KeySet {
    /// Checks type, key, algorithm and signature, and returns the claims. Times, issuer and audience are for the
    /// caller to judge. `typ` is compared without regard to case and to a leading `application/` (RFC 7515 §4.1.9).
    ///
    /// # Errors
    /// The first [`VerifyProblem`] found.
    pub fn verify(&self, token: &str, expected_typ: &[&str]) -> Result<Map<String, Value>, VerifyProblem> {
        let unverified = parse(token)?;
        let typ = unverified.typ().map(media_type).ok_or(VerifyProblem::Type)?;
        if !expected_typ.iter().any(|expected| media_type(expected) == typ) {
            return Err(VerifyProblem::Type);
        }
        let key = unverified.key_id().and_then(|kid| self.by_kid(kid)).ok_or(VerifyProblem::UnknownKey)?;
        if unverified.algorithm() != key.algorithm().as_str() {
            return Err(VerifyProblem::Algorithm);
        }
        if key.verifies(unverified.signing_input.as_bytes(), &unverified.signature) {
            Ok(unverified.payload)
        } else {
            Err(VerifyProblem::Signature)
        }
    }
}

impl Unverified<'_> {
    /// Whether `typ` is this one, without regard to case and to a leading `application/` (RFC 7515 §4.1.9).
    #[must_use]
    pub fn typ_is(&self, expected: &str) -> bool {
        self.typ().is_some_and(|typ| media_type(typ) == media_type(expected))
    }
}

fn media_type(typ: &str) -> String {
    let lower = typ.to_ascii_lowercase();
    lower.strip_prefix("application/").map(str::to_owned).unwrap_or(lower)
}

/// A time claim in seconds since the epoch, a fraction of one dropped (RFC 7519 §2): never negative, never beyond the
/// year 9999.
///
/// # Errors
/// [`ClaimProblem`], for texts too.
pub fn numeric_date(claims: &Map<String, Value>, name: &str) -> Result<i64, ClaimProblem> {
    let value = claims.get(name).ok_or(ClaimProblem::Missing)?;
    // The cast saturates, so what no integer can hold is out of bounds as well.
    let whole = value.as_i64().or_else(|| value.as_f64().map(|time| time.floor() as i64));
    whole.filter(|time| (0..=LATEST).contains(time)).ok_or(ClaimProblem::Invalid)
}

/// `aud`: one text or a list of texts (RFC 7519 §4.1.3).
///
/// # Errors
/// [`ClaimProblem`], for an empty list too.
pub fn audience(claims: &Map<String, Value>) -> Result<Vec<&str>, ClaimProblem> {
    match claims.get("aud") {
        None => Err(ClaimProblem::Missing),
        Some(Value::String(one)) => Ok(vec![one]),
        Some(Value::Array(list)) if !list.is_empty() => {
            list.iter().map(|item| item.as_str().ok_or(ClaimProblem::Invalid)).collect()
        }
        Some(_) => Err(ClaimProblem::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use josekit::jws::{HS256, JwsSigner};
    use serde_json::json;

    use super::super::test_keys::{p256, p384, rsa};
    use super::*;

    const TYP: &[&str] = &["at+jwt"];

    fn keys() -> KeySet {
        KeySet::new(vec![rsa(), p256(), p384()]).unwrap()
    }

    fn forge(header: &Value, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let input =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(sign(input.as_bytes()));
        format!("{input}.{signature}")
    }

    #[test]
    fn what_the_set_signs_it_verifies() {
        for key in [rsa(), p256(), p384()] {
            let token = key.sign("at+jwt", &json!({"sub": "alice"})).unwrap();
            assert_eq!(keys().verify(&token, TYP).unwrap().get("sub").unwrap(), "alice");
            assert!(keys().verify(&token, &["JWT", "application/AT+JWT"]).is_ok());
            assert_eq!(keys().verify(&token, &["JWT"]), Err(VerifyProblem::Type));
            assert_eq!(keys().verify(&token, &[]), Err(VerifyProblem::Type));
        }
    }

    #[test]
    fn no_algorithm_but_that_of_the_key_is_taken() {
        let kid = rsa().kid().to_owned();
        for algorithm in ["none", "None", "nOnE", "RS1", "PS256", "RS384", "ES256", "HS256", "rs256", ""] {
            let header = json!({"alg": algorithm, "kid": kid, "typ": "at+jwt"});
            let token = forge(&header, r#"{"sub":"eve"}"#, |input| rsa().raw_signature(input));
            assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::Algorithm), "{algorithm}");
            let token = forge(&header, r#"{"sub":"eve"}"#, |_| Vec::new());
            assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::Algorithm), "{algorithm}");
        }
    }

    #[test]
    fn an_hmac_under_the_public_key_is_refused() {
        let public = rsa().public_jwk().to_string();
        let signer = HS256.signer_from_bytes(public.as_bytes()).unwrap();
        for algorithm in ["HS256", "RS256"] {
            let header = json!({"alg": algorithm, "kid": rsa().kid(), "typ": "at+jwt"});
            let token = forge(&header, "{}", |input| signer.sign(input).unwrap());
            assert!(keys().verify(&token, TYP).is_err(), "{algorithm}");
        }
    }

    #[test]
    fn elliptic_signatures_of_zeros_in_der_or_of_another_curve_are_refused() {
        let ec = p256();
        let header = json!({"alg": "ES256", "kid": ec.kid(), "typ": "at+jwt"});
        for length in [0, 1, 63, 64, 65, 96] {
            let token = forge(&header, "{}", |_| vec![0; length]);
            assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::Signature), "{length}");
        }
        for (r, s) in [(0, 1), (1, 0), (255, 255)] {
            let token = forge(&header, "{}", |_| [[r; 32], [s; 32]].concat());
            assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::Signature));
        }
        let der = |input: &[u8]| {
            let raw = ec.raw_signature(input);
            let (r, s) = raw.split_at(32);
            let number = |bytes: &[u8]| openssl::bn::BigNum::from_slice(bytes).unwrap();
            let signature = openssl::ecdsa::EcdsaSig::from_private_components(number(r), number(s)).unwrap();
            signature.to_der().unwrap()
        };
        assert_eq!(keys().verify(&forge(&header, "{}", der), TYP), Err(VerifyProblem::Signature));
        let token = forge(&header, "{}", |input| p384().raw_signature(input));
        assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::Signature));
        let honest = forge(&header, "{}", |input| ec.raw_signature(input));
        assert!(keys().verify(&honest, TYP).is_ok());
    }

    #[test]
    fn keys_are_found_by_kid_in_memory_only() {
        let own = rsa().public_jwk().clone();
        for kid in [json!("../../etc/passwd"), json!("' or 1=1"), json!(""), json!("other")] {
            let header = json!({"alg": "RS256", "kid": kid, "typ": "at+jwt", "jwk": own, "jku": "https://evil.test/jwks"});
            let token = forge(&header, "{}", |input| rsa().raw_signature(input));
            assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::UnknownKey), "{kid}");
        }
        let header = json!({"alg": "RS256", "typ": "at+jwt"});
        let token = forge(&header, "{}", |input| rsa().raw_signature(input));
        assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::UnknownKey));
        let header = json!({"alg": "RS256", "kid": rsa().kid()});
        let token = forge(&header, "{}", |input| rsa().raw_signature(input));
        assert_eq!(keys().verify(&token, TYP), Err(VerifyProblem::Type));
    }

    #[test]
    fn any_edited_part_is_noticed() {
        let token = rsa().sign("at+jwt", &json!({"sub": "alice"})).unwrap();
        for at in 0..token.len() {
            let mut edited = token.clone().into_bytes();
            edited[at] = if edited[at] == b'A' { b'B' } else { b'A' };
            let edited = String::from_utf8(edited).unwrap();
            assert!(keys().verify(&edited, TYP).is_err(), "{at}");
        }
    }

    #[test]
    fn times_that_are_no_times_are_refused() {
        let claims = |value: Value| json!({ "exp": value }).as_object().unwrap().clone();
        assert_eq!(numeric_date(&claims(json!(1_790_000_000)), "exp"), Ok(1_790_000_000));
        assert_eq!(numeric_date(&claims(json!(1_790_000_000.75)), "exp"), Ok(1_790_000_000), "RFC 7519 §2");
        assert_eq!(numeric_date(&claims(json!(0)), "iat"), Err(ClaimProblem::Missing));
        let wrong =
            [json!(1e300), json!("9"), json!(-1), json!(u64::MAX), json!(i64::MAX), json!(-0.5), json!(null)];
        for value in wrong {
            assert_eq!(numeric_date(&claims(value.clone()), "exp"), Err(ClaimProblem::Invalid), "{value}");
        }
    }

    #[test]
    fn an_audience_is_one_text_or_a_list_of_texts() {
        let claims = |value: Value| json!({ "aud": value }).as_object().unwrap().clone();
        assert_eq!(audience(&claims(json!("a"))), Ok(vec!["a"]));
        assert_eq!(audience(&claims(json!(["a", "b"]))), Ok(vec!["a", "b"]));
        for value in [json!([1]), json!([]), json!(1), json!({"a": 1}), json!(["a", null])] {
            assert_eq!(audience(&claims(value.clone())), Err(ClaimProblem::Invalid), "{value}");
        }
        assert_eq!(audience(&Map::new()), Err(ClaimProblem::Missing));
    }
}
