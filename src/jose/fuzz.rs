//! What a fuzzer feeds to the readers of tokens and keys: each function takes any bytes and asserts what must hold of
//! them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::public_key_set::{MAX_JWK_SET, MAX_KEYS};
use super::{
    ContentEncryption, Curve, DecryptionKey, Encrypter, JweAlgorithm, KeyOptions, KeySet, KeyType, KeyUse,
    PublicKey, PublicKeySet, SigningKey, compact, envelope, generate_ecdsa_pem, strict_json, thumbprint,
};

const TYP: &str = "fuzz+jwt";

/// A key that signs what was fuzzed.
static KEYS: LazyLock<Option<KeySet>> = LazyLock::new(|| {
    let pem = generate_ecdsa_pem(Curve::P256).ok()?;
    let key = SigningKey::from_pem(&pem.private, &KeyOptions::at(0)).ok()?;
    KeySet::new(vec![key]).ok()
});

/// A token: one that is read is canonical and read by josekit too; one that was signed is believed, and with any bit of
/// it turned it is not.
pub fn f4_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(token) = compact::parse(text) {
        let signature = URL_SAFE_NO_PAD.encode(&token.signature);
        assert_eq!(format!("{}.{signature}", token.signing_input), text);
        // josekit reads keys that a header brings along; Signet ignores them.
        let plain = token.header.keys().all(|name| matches!(name.as_str(), "alg" | "kid" | "typ"));
        assert!(!plain || josekit::jwt::decode_header(text).is_ok(), "josekit refuses {text}");
    }
    let Some(keys) = KEYS.as_ref() else { return };
    assert!(keys.verify(text, &[TYP]).is_err(), "nobody signed {text}");
    let claims = strict_json::object(data).unwrap_or_else(|| Map::from_iter([("text".into(), text.into())]));
    let Some(signed) = keys.keys().first().and_then(|key| key.sign(TYP, &claims).ok()) else { return };
    if signed.len() > compact::MAX_TOKEN {
        return;
    }
    assert!(keys.verify(&signed, &[TYP]).is_ok(), "{signed}");
    let sum: usize = data.iter().map(|byte| usize::from(*byte)).sum();
    let mut turned = signed.into_bytes();
    let place = sum.checked_rem(turned.len()).unwrap_or_default();
    if let Some(byte) = turned.get_mut(place) {
        *byte ^= 1 << (sum % 7);
    }
    if let Ok(turned) = String::from_utf8(turned) {
        assert!(keys.verify(&turned, &[TYP]).is_err(), "believed with a bit turned: {turned}");
    }
}

/// What opens what was fuzzed, and encrypts to it.
static ENVELOPES: LazyLock<Option<(KeySet, Encrypter)>> = LazyLock::new(|| {
    let pem = generate_ecdsa_pem(Curve::P256).ok()?;
    let algorithm = Some(JweAlgorithm::EcdhEsA128kw);
    let options = KeyOptions { key_id: Some("fuzz"), algorithm, ..KeyOptions::at(0) };
    let key = DecryptionKey::from_pem(&pem.private, &options).ok()?;
    let spki =
        openssl::pkey::PKey::public_key_from_pem(pem.public.as_bytes()).ok()?.public_key_to_der().ok()?;
    let (alg, enc) = (JweAlgorithm::EcdhEsA128kw, ContentEncryption::A128cbcHs256);
    let encrypter = Encrypter::to_public_key(alg, enc, &spki, Some("fuzz")).ok()?;
    Some((KeySet::new(Vec::new()).ok()?.with_decryption(vec![key]).ok()?, encrypter))
});

/// An encrypted token: one that is read is canonical and asks for nothing that costs; one that was encrypted is opened,
/// and with any bit of it turned it is not.
pub fn f7_envelope(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(read) = envelope::parse(text) {
        let parts = [&read.encrypted_key, &read.iv, &read.ciphertext, &read.tag];
        let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        assert_eq!(format!("{}.{parts}", read.protected), text);
        for member in ["zip", "crit", "b64", "p2c", "p2s", "jwk", "jku", "x5c", "x5u"] {
            assert!(!read.header.contains_key(member), "{member} in {text}");
        }
    }
    let Some((keys, encrypter)) = ENVELOPES.as_ref() else { return };
    assert!(keys.decrypt(text).is_err(), "nobody encrypted {text}");
    let Ok(sealed) = encrypter.encrypt(text, None, None) else { return };
    if sealed.len() > envelope::MAX_ENVELOPE {
        return;
    }
    assert_eq!(keys.decrypt(&sealed).as_deref(), Ok(text));
    let sum: usize = data.iter().map(|byte| usize::from(*byte)).sum();
    let mut turned = sealed.into_bytes();
    let place = sum.checked_rem(turned.len()).unwrap_or_default();
    if let Some(byte) = turned.get_mut(place) {
        *byte ^= 1 << (sum % 7);
    }
    if let Ok(turned) = String::from_utf8(turned) {
        assert!(keys.decrypt(&turned).is_err(), "opened with a bit turned: {turned}");
    }
}

/// Members that only the owner of a key may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A private key in PEM, and after a NUL byte its certificates: read or refused, and a refusal shows none of it. As JSON,
/// the members of a public key: its thumbprint is made or not; and a set of them, as clients serve it.
pub fn f8_key(data: &[u8]) {
    key_set(data);
    if let Ok(jwk) = serde_json::from_slice::<Value>(data) {
        let _ = thumbprint::thumbprint(&jwk);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (pem, chain) = text.split_once('\0').map_or((text, None), |(pem, chain)| (pem, Some(chain)));
    let options = KeyOptions { certificate_chain: chain, ..KeyOptions::at(1_700_000_000) };
    match SigningKey::from_pem(pem, &options) {
        Ok(key) => {
            let public = key.public_jwk().to_string();
            for member in PRIVATE {
                assert!(!public.contains(&format!("\"{member}\"")), "{member} is private");
            }
        }
        Err(problem) => {
            let said = problem.to_string();
            let shown = text.lines().map(str::trim).filter(|line| line.len() >= 16 && !line.contains(' '));
            for line in shown {
                assert!(!said.contains(line), "the refusal shows {line}");
            }
        }
    }
}

/// A set of public keys: no more of them than may be, each one of those that are listed, with its public members alone,
/// and the same when the set is written and read again; none at all where a private one is listed.
fn key_set(data: &[u8]) {
    let Ok(set) = PublicKeySet::from_json(data) else { return };
    assert!(data.len() <= MAX_JWK_SET);
    let document: Value = serde_json::from_slice(data).unwrap_or_default();
    let listed = document.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    assert!(set.keys().len() <= listed.len() && listed.len() <= MAX_KEYS);
    for (jwk, member) in listed.iter().flat_map(|jwk| PRIVATE.map(|member| (jwk, member))) {
        assert!(jwk.get(member).is_none(), "{member} is private");
    }
    for key in set.keys() {
        let mut members: Vec<&str> = key.members().keys().map(String::as_str).collect();
        members.sort_unstable();
        match key.key_type() {
            KeyType::Rsa => assert_eq!(members, ["e", "kty", "n"]),
            KeyType::Ec => assert_eq!(members, ["crv", "kty", "x", "y"]),
        }
        assert!(listed.iter().any(|jwk| is_of(key, jwk)), "{key:?} is not listed");
    }
    let kept: Vec<Value> = set.keys().iter().map(written).collect();
    let text = json!({ "keys": kept }).to_string();
    if text.len() > MAX_JWK_SET {
        return;
    }
    let again = PublicKeySet::from_json(text.as_bytes());
    let again = again.map(|again| again.keys().iter().map(written).collect::<Vec<_>>());
    assert_eq!(again, Ok(kept), "{text}");
}

/// Whether a key is the one of a JWK: with its `kid`, and every number the same but for zeros in front.
fn is_of(key: &PublicKey, jwk: &Value) -> bool {
    let number = |text: &Value| {
        let bytes = URL_SAFE_NO_PAD.decode(text.as_str()?).ok()?;
        Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>())
    };
    let is_same = |name: &str, member: &Value| match (name, jwk.get(name)) {
        ("kty" | "crv", theirs) => theirs == Some(member),
        (_, theirs) => number(member).is_some() && theirs.and_then(number) == number(member),
    };
    jwk.get("kid").and_then(Value::as_str) == key.kid()
        && key.members().iter().all(|(name, member)| is_same(name, member))
}

/// A key as its owner would serve it.
fn written(key: &PublicKey) -> Value {
    let mut jwk = key.members().clone();
    let key_use = key.key_use().map(|key_use| match key_use {
        KeyUse::Signature => "sig",
        KeyUse::Encryption => "enc",
    });
    for (name, said) in [("kid", key.kid()), ("use", key_use), ("alg", key.alg())] {
        jwk.extend(said.map(|said| (name.to_owned(), said.into())));
    }
    Value::Object(jwk)
}

#[cfg(test)]
#[path = "../../fuzz/corpus.rs"]
#[allow(clippy::duplicate_mod, reason = "a room must not use another's tests")]
mod corpus;

#[cfg(test)]
mod tests {
    use super::super::test_keys::rsa_pem;
    use super::*;

    #[test]
    fn f4_no_token_is_believed_that_nobody_signed() {
        corpus::run("f4_token", f4_token);
    }

    #[test]
    fn f7_no_envelope_is_opened_that_nobody_closed() {
        corpus::run("f7_envelope", f7_envelope);
    }

    #[test]
    fn f8_no_key_is_misread_or_shown() {
        corpus::run("f8_key", f8_key);
        corpus::run_from("f8_key", &[rsa_pem().as_bytes().to_vec()], f8_key);
    }
}
