//! Encrypted tokens that strangers may send: what the gate lets through, and what it says of the rest.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const X: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn part(length: usize) -> String {
    URL_SAFE_NO_PAD.encode(vec![7; length])
}

/// A token with the lengths that A128KW and A128CBC-HS256 ask for.
fn token(header: &Value) -> String {
    text(&header.to_string())
}

fn text(header: &str) -> String {
    let (key, iv, content, tag) = (part(40), part(16), part(32), part(16));
    format!("{}.{key}.{iv}.{content}.{tag}", URL_SAFE_NO_PAD.encode(header))
}

fn problem(token: &str) -> Option<EnvelopeProblem> {
    parse(token).err()
}

#[test]
fn an_envelope_is_taken_apart() {
    let text = token(
        &json!({"alg": "A128KW", "enc": "A128CBC-HS256", "kid": "k", "cty": "JWT", "typ": "JWT", "iss": "a"}),
    );
    let envelope = parse(&text).unwrap();
    assert_eq!((envelope.key_id(), envelope.content_type()), (Some("k"), Some("JWT")));
    assert_eq!(
        (envelope.algorithm, envelope.encryption),
        (JweAlgorithm::A128kw, ContentEncryption::A128cbcHs256)
    );
    assert!(text.starts_with(envelope.protected));
    assert_eq!((envelope.encrypted_key.len(), envelope.iv.len(), envelope.tag.len()), (40, 16, 16));
    assert!(is_encrypted(&text) && !is_encrypted("a.b.c"));
}

#[test]
fn headers_that_weaken_or_cost_are_refused_by_their_reason() {
    use EnvelopeProblem::{
        Agreement, Compressed, EmbeddedKey, Extension, Header, UnknownAlgorithm, UnsafeAlgorithm,
    };
    let with = |name: &str, value: Value| {
        let mut header = json!({"alg": "A128KW", "enc": "A128CBC-HS256"});
        header[name] = value;
        token(&header)
    };
    let cases = [
        (with("zip", json!("DEF")), Compressed),
        (with("zip", json!(null)), Compressed),
        (with("alg", json!("RSA1_5")), UnsafeAlgorithm),
        (with("alg", json!("PBES2-HS256+A128KW")), UnsafeAlgorithm),
        (with("alg", json!("dir")), UnsafeAlgorithm),
        (with("alg", json!("none")), UnknownAlgorithm),
        (with("alg", json!("None")), UnknownAlgorithm),
        (with("alg", json!("nOnE")), UnknownAlgorithm),
        (with("alg", json!("NONE")), UnknownAlgorithm),
        (with("alg", json!("a128kw")), UnknownAlgorithm),
        (with("alg", json!("RSA-OAEP-512")), UnknownAlgorithm),
        (with("enc", json!("none")), UnknownAlgorithm),
        (with("enc", json!("A128CBC")), UnknownAlgorithm),
        (with("alg", json!(["A128KW"])), Header),
        (with("enc", json!(1)), Header),
        (with("kid", json!(1)), Header),
        (with("cty", json!(null)), Header),
        (with("p2c", json!(1_000_000_000)), Extension),
        (with("p2s", json!("c2FsdA")), Extension),
        (with("crit", json!(["exp"])), Extension),
        (with("crit", json!([])), Extension),
        (with("b64", json!(false)), Extension),
        (with("jwk", json!({"kty": "oct", "k": "AA"})), EmbeddedKey),
        (with("jku", json!("https://evil.test/jwks")), EmbeddedKey),
        (with("x5c", json!(["MII"])), EmbeddedKey),
        (with("x5u", json!("https://evil.test/x5u")), EmbeddedKey),
        (with("epk", json!({"kty": "EC", "crv": "P-256", "x": X, "y": X})), Agreement),
        (with("iv", json!("AAAA")), Agreement),
        (with("tag", json!("AAAA")), Agreement),
        (with("apu", json!("AAAA")), Agreement),
        (token(&json!({"enc": "A128GCM"})), Header),
        (token(&json!({"alg": "A128KW"})), Header),
    ];
    for (token, expected) in cases {
        assert_eq!(problem(&token), Some(expected), "{token}");
    }
}

#[test]
fn headers_are_read_in_one_way_only() {
    use EnvelopeProblem::Json;
    for header in [
        r#"{"alg":"A128KW","alg":"RSA1_5","enc":"A128GCM"}"#,
        r#"{"alg":"A128KW","enc":"A128GCM","\u0065nc":"A256GCM"}"#,
        r#"[{"alg":"A128KW"}]"#,
        "\u{feff}{\"alg\":\"A128KW\",\"enc\":\"A128GCM\"}",
        "",
        "null",
        r#"{"alg":"A128KW","enc":"A128GCM"}{}"#,
    ] {
        assert_eq!(problem(&text(header)), Some(Json), "{header}");
    }
    let deep = format!(r#"{{"alg":"A128KW","enc":"A128GCM","a":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    assert_eq!(problem(&text(&deep)), Some(Json));
}

#[test]
fn an_ephemeral_key_is_the_public_half_of_a_key_on_a_known_curve() {
    let with = |epk: Value| {
        let header = json!({"alg": "ECDH-ES+A128KW", "enc": "A128CBC-HS256", "epk": epk});
        problem(&token(&header))
    };
    assert_eq!(with(json!({"kty": "EC", "crv": "P-256", "x": X, "y": X})), None);
    for epk in [
        json!({"kty": "EC", "crv": "P-256", "x": X, "y": X, "d": X}),
        json!({"kty": "EC", "crv": "P-256", "x": X}),
        json!({"kty": "EC", "crv": "secp256k1", "x": X, "y": X}),
        json!({"kty": "EC", "crv": "P-384", "x": X, "y": X}),
        json!({"kty": "OKP", "crv": "X25519", "x": X}),
        json!({"kty": "RSA", "crv": "P-256", "x": X, "y": X}),
        json!({"kty": "EC", "crv": "P-256", "x": format!("{X}="), "y": X}),
        json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": X}),
        json!({"kty": "EC", "crv": "P-256", "x": "", "y": ""}),
        json!({"kty": "EC", "crv": "P-256", "x": 1, "y": 2}),
        json!("P-256"),
        json!(null),
    ] {
        assert_eq!(with(epk.clone()), Some(EnvelopeProblem::Agreement), "{epk}");
    }
    let without = json!({"alg": "ECDH-ES+A128KW", "enc": "A128CBC-HS256"});
    assert_eq!(problem(&token(&without)), Some(EnvelopeProblem::Agreement));
    for party in [json!("A".repeat(257)), json!("A="), json!(1)] {
        let mut header = without.clone();
        header["epk"] = json!({"kty": "EC", "crv": "P-256", "x": X, "y": X});
        header["apu"] = party;
        assert_eq!(problem(&token(&header)), Some(EnvelopeProblem::Agreement));
    }
}

#[test]
fn every_part_has_the_length_of_its_algorithm() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"A128KW","enc":"A128CBC-HS256"}"#);
    let of = |key: usize, iv: usize, content: usize, tag: usize| {
        problem(&format!("{header}.{}.{}.{}.{}", part(key), part(iv), part(content), part(tag)))
    };
    assert_eq!(of(40, 16, 16, 16), None);
    for (key, iv, content, tag) in [
        (0, 16, 16, 16),
        (7, 16, 16, 16),
        (39, 16, 16, 16),
        (41, 16, 16, 16),
        (40, 0, 16, 16),
        (40, 12, 16, 16),
        (40, 16, 0, 16),
        (40, 16, 15, 16),
        (40, 16, 33, 16),
        (40, 16, 16, 0),
        (40, 16, 16, 4),
        (40, 16, 16, 15),
        (40, 16, 16, 32),
    ] {
        assert_eq!(of(key, iv, content, tag), Some(EnvelopeProblem::Length), "{key} {iv} {content} {tag}");
    }
}

#[test]
fn parts_and_their_encoding_have_one_form() {
    let good = text(r#"{"alg":"A128KW","enc":"A128CBC-HS256"}"#);
    assert_eq!(problem(&good), None);
    for other in [
        "".to_owned(),
        ".".to_owned(),
        "....".to_owned(),
        good.replacen('.', "", 1),
        format!("{good}."),
        format!("{good}.AA"),
        r#"{"protected":"e30","ciphertext":"AA"}"#.to_owned(),
    ] {
        assert!(matches!(problem(&other), Some(EnvelopeProblem::Parts | EnvelopeProblem::Json)), "{other}");
    }
    for spoilt in [format!("{good}="), format!("{good}\n"), format!(" {good}"), good.replacen('.', ".+", 1)] {
        assert_eq!(problem(&spoilt), Some(EnvelopeProblem::Encoding), "{spoilt}");
    }
    assert_eq!(problem(&"A".repeat(MAX_ENVELOPE + 1)), Some(EnvelopeProblem::TooLong));
}

proptest! {
    #[test]
    fn nothing_panics(text in "[ -~]{0,80}", header in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = parse(&text);
        let _ = parse(&format!("{}.{text}...", URL_SAFE_NO_PAD.encode(header)));
    }
}
