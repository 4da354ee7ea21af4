//! What strangers may send instead of a signed token, a header, claims or a key: each shape has its refusal. Encrypted tokens have theirs beside `envelope`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::compact::{MAX_TOKEN, ParseProblem, parse};
use super::public_key_set::{JwkSetProblem, MAX_JWK_SET, MAX_KEYS, PublicKeySet};
use super::test_keys::{p256, p384, rsa};
use super::verify::{ClaimProblem, VerifyProblem, audience, numeric_date};
use super::{KeySet, strict_json};

fn base64url(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn token(header: &str, payload: &str) -> String {
    format!("{}.{}.c2ln", base64url(header), base64url(payload))
}

fn nested(depth: usize) -> String {
    format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn a_signed_token_has_one_form() {
    use ParseProblem::{Encoding, Json, Parts, TooLong};
    let good = token(r#"{"alg":"RS256"}"#, "{}");
    assert!(parse(&good).is_ok());
    let (head, signature) = good.rsplit_once('.').unwrap();
    for (shape, expected) in [
        (String::new(), Parts),
        ("\0".to_owned(), Parts),
        (".".repeat(MAX_TOKEN), Parts),
        (format!("{good}.{signature}"), Parts),
        (format!("{head}.{signature}.e30.e30"), Parts),
        (good.replace('.', "\u{ff0e}"), Parts),
        (format!(r#"{{"payload":"e30","signatures":[{{"protected":"{}"}}]}}"#, base64url("{}")), Parts),
        (format!("{head}.{}", "A".repeat(MAX_TOKEN)), TooLong),
        ("\u{1F512}".repeat(MAX_TOKEN), TooLong),
        (format!(" {good}"), Encoding),
        (format!("{good}\n"), Encoding),
        (format!("{good}="), Encoding),
        (format!("{head}.c2l"), Encoding),
        (format!("{head}.+/+/"), Encoding),
        (format!("{head}.c2%6Cn"), Encoding),
        ("..".to_owned(), Json),
        (format!("{}..c2ln", base64url(r#"{"alg":"RS256"}"#)), Json),
        (token(r#"{"alg":"RS256"}"#, &nested(5000)), Json),
    ] {
        assert_eq!(parse(&shape).map(|_| ()), Err(expected), "{shape:.80}");
    }
}

#[test]
fn a_header_asks_for_nothing_and_brings_no_key() {
    use ParseProblem::{Extension, Header, Json};
    use VerifyProblem::{Algorithm, Malformed, Signature, Type, UnknownKey};
    let keys = KeySet::new(vec![rsa(), p256()]).unwrap();
    let (kid, own) = (rsa().kid().to_owned(), p384().public_jwk().clone());
    let with = |member: &str, value: Value| {
        let mut header = json!({"alg": "RS256", "typ": "JWT", "kid": kid});
        match value {
            Value::Null => header.as_object_mut().unwrap().remove(member),
            value => header.as_object_mut().unwrap().insert(member.to_owned(), value),
        };
        header.to_string()
    };
    for (header, expected) in [
        (with("crit", json!(["exp"])), Malformed(Extension)),
        (with("crit", json!("exp")), Malformed(Extension)),
        (with("b64", json!(false)), Malformed(Extension)),
        (with("zip", json!("DEF")), Malformed(Extension)),
        (with("alg", Value::Null), Malformed(Header)),
        (with("alg", json!(256)), Malformed(Header)),
        (with("alg", json!(["none", "RS256"])), Malformed(Header)),
        (with("kid", json!({"$ne": ""})), Malformed(Header)),
        (with("typ", json!(true)), Malformed(Header)),
        (r#"{"alg":"none","\u0061lg":"RS256"}"#.to_owned(), Malformed(Json)),
        (r#"["alg","RS256"]"#.to_owned(), Malformed(Json)),
        (format!("\u{feff}{}", with("x", json!(1))), Malformed(Json)),
        (format!("{}//", with("x", json!(1))), Malformed(Json)),
        (with("deep", serde_json::from_str(&nested(100)).unwrap()), Malformed(Json)),
        (with("typ", Value::Null), Type),
        (with("typ", json!("at+jwt")), Type),
        (with("typ", json!("JWT\u{0}")), Type),
        (with("kid", Value::Null), UnknownKey),
        (with("kid", json!("' OR 1=1 --")), UnknownKey),
        (with("kid", json!("../../../dev/null")), UnknownKey),
        (with("kid", json!("k".repeat(8000))), UnknownKey),
        (with("kid", json!(p384().kid())), UnknownKey),
        (with("alg", json!("none")), Algorithm),
        (with("alg", json!("nOnE")), Algorithm),
        (with("alg", json!("HS256")), Algorithm),
        (with("alg", json!("PS256")), Algorithm),
        (with("alg", json!("RS256 ")), Algorithm),
        // What comes along is never looked at: the signature is held against the key of the set.
        (with("jwk", own.clone()), Signature),
        (with("jku", json!("https://evil.test/jwks.json")), Signature),
        (with("x5u", json!("file:///etc/passwd")), Signature),
        (with("x5c", json!(["AAAA"])), Signature),
    ] {
        assert_eq!(keys.verify(&token(&header, "{}"), &["JWT"]), Err(expected), "{header:.120}");
    }
}

#[test]
fn claims_are_an_object_whose_members_have_their_types() {
    for payload in [
        "",
        "null",
        "[]",
        "\"{}\"",
        "{}{}",
        "{'exp':1}",
        r#"{"exp":1,"exp":9999999999}"#,
        r#"{"a":{"sub":"a","s\u0075b":"b"}}"#,
        r#"{"exp":1e999}"#,
        r#"{"exp":NaN}"#,
        r#"{"sub":"\ud800"}"#,
        "\u{feff}{}",
        &nested(17),
        &nested(MAX_TOKEN / 4),
    ] {
        assert_eq!(strict_json::object(payload.as_bytes()), None, "{payload:.80}");
        assert!(parse(&token(r#"{"alg":"RS256"}"#, payload)).is_err(), "{payload:.80}");
    }
    let claims = |name: &str, value: &Value| json!({ name: value }).as_object().unwrap().clone();
    for value in [
        json!(null),
        json!(true),
        json!("1790000000"),
        json!([1_790_000_000]),
        json!({"$gt": 0}),
        json!(-1),
        json!(-1.5),
        json!(253_402_300_800.5),
        json!(1e300),
        json!(253_402_300_800_i64),
        json!(i64::MIN),
        json!(u64::MAX),
    ] {
        for name in ["exp", "nbf", "iat", "auth_time"] {
            let read = numeric_date(&claims(name, &value), name);
            assert_eq!(read, Err(ClaimProblem::Invalid), "{name} {value}");
        }
    }
    for value in [
        json!(null),
        json!(1),
        json!(true),
        json!({}),
        json!({"a": "https://op.example.com"}),
        json!([]),
        json!([[]]),
        json!([null]),
        json!([1]),
        json!(["https://op.example.com", 1]),
        json!(["https://op.example.com", ["x"]]),
        json!(["https://op.example.com", {}]),
    ] {
        assert_eq!(audience(&claims("aud", &value)), Err(ClaimProblem::Invalid), "{value}");
    }
}

#[test]
fn a_key_of_somebody_else_is_public_sound_and_of_a_bearable_size() {
    use JwkSetProblem::{Json, Keys, Private, TooLong, TooMany};
    let own = |key: &super::SigningKey, member: &str, value: Value| {
        let mut jwk = key.public_jwk().clone();
        jwk[member] = value;
        jwk
    };
    let big = |bytes: usize| json!(base64url(vec![0xff; bytes]));
    for left_out in [
        own(&rsa(), "n", json!("AQAB")),
        own(&rsa(), "n", big(128)),
        own(&rsa(), "n", big(1025)),
        own(&rsa(), "n", big(30_000)),
        own(&rsa(), "e", big(9)),
        own(&rsa(), "e", big(20_000)),
        own(&rsa(), "e", json!("AQ")),
        own(&rsa(), "e", json!("Ag")),
        own(&rsa(), "n", json!("====")),
        own(&rsa(), "kty", json!("oct")),
        own(&rsa(), "kty", json!(["RSA"])),
        own(&rsa(), "use", json!("both")),
        own(&rsa(), "key_ops", json!("verify")),
        own(&rsa(), "kid", json!(["a"])),
        own(&p256(), "crv", json!("P-521")),
        own(&p256(), "crv", json!("secp256k1")),
        own(&p256(), "x", json!(base64url([0; 32]))),
        own(&p256(), "x", json!(base64url([0xff; 32]))),
        own(&p256(), "y", big(33)),
        own(&p256(), "y", json!({})),
        json!({}),
    ] {
        let document = json!({"keys": [left_out, p384().public_jwk()]}).to_string();
        let read = PublicKeySet::from_json(document.as_bytes()).unwrap();
        assert_eq!(read.keys().len(), 1, "{document:.120}");
        assert_eq!(read.keys()[0].kid(), Some(p384().kid()));
    }
    let repeated = |count: usize| json!({"keys": vec![rsa().public_jwk().clone(); count]}).to_string();
    for (document, expected) in [
        (String::new(), Json),
        (p256().public_jwk().to_string(), Keys),
        (json!([p256().public_jwk()]).to_string(), Json),
        (json!({"keys": p256().public_jwk()}).to_string(), Keys),
        (json!({"keys": [[p256().public_jwk()]]}).to_string(), Keys),
        (format!(r#"{{"keys":[],"keys":[{}]}}"#, p256().public_jwk()), Json),
        (format!(r#"{{"keys":[],"a":{}}}"#, nested(5000)), Json),
        (json!({"keys": [own(&p256(), "d", json!("AQAB"))]}).to_string(), Private),
        (json!({"keys": [own(&rsa(), "oth", json!([]))]}).to_string(), Private),
        (json!({"keys": [{"kty": "oct", "k": "AQAB"}]}).to_string(), Private),
        (json!({"keys": vec![json!({}); MAX_KEYS + 1]}).to_string(), TooMany),
        (" ".repeat(MAX_JWK_SET + 1), TooLong),
    ] {
        assert_eq!(PublicKeySet::from_json(document.as_bytes()).unwrap_err(), expected, "{document:.120}");
    }
    assert_eq!(PublicKeySet::from_json(repeated(MAX_KEYS).as_bytes()).unwrap().keys().len(), MAX_KEYS);
}
