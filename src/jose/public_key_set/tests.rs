use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use serde_json::json;

use super::super::compact::parse;
use super::super::examined::Examined;
use super::super::public_key::KeyUse;
use super::super::test_keys::{p256, p384, p521, rsa, rsa_pem};
use super::*;
use crate::jose::{KeyOptions, KeyType, SigningKey};

fn set(keys: &[Value]) -> PublicKeySet {
    PublicKeySet::from_json(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// A public JWK with members in place of its own; null takes one away.
fn with(key: &SigningKey, members: Value) -> Value {
    let mut jwk = key.public_jwk().clone();
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => jwk.as_object_mut().unwrap().remove(name),
            value => jwk.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    jwk
}

fn check(set: &PublicKeySet, key: &SigningKey) -> Result<(), SignatureProblem> {
    let token = key.sign("JWT", &json!({"sub": "web"})).unwrap();
    set.verify(&parse(&token).unwrap(), key.algorithm())
}

fn of(algorithm: SignatureAlgorithm) -> SigningKey {
    let options = KeyOptions { key_id: Some("one"), algorithm: Some(algorithm), ..KeyOptions::at(0) };
    SigningKey::from_pem(rsa_pem(), &options).unwrap()
}

#[test]
fn every_algorithm_is_verified_by_the_key_of_its_kid() {
    let keys = [rsa(), p256(), p384(), p521()];
    let all = set(&keys.each_ref().map(|key| key.public_jwk().clone()));
    assert_eq!(all.keys().len(), 4);
    for key in &keys {
        assert_eq!(check(&all, key), Ok(()), "{key:?}");
    }
    // Without `alg` an RSA key serves for each of its algorithms, with it for that one.
    let any = set(&[with(&of(SignatureAlgorithm::Rs256), json!({"alg": null, "use": null}))]);
    for algorithm in SignatureAlgorithm::ALL.into_iter().filter(|it| it.key_type() == KeyType::Rsa) {
        assert_eq!(check(&any, &of(algorithm)), Ok(()), "{algorithm}");
    }
    let one = set(&[of(SignatureAlgorithm::Rs256).public_jwk().clone()]);
    assert_eq!(check(&one, &of(SignatureAlgorithm::Ps256)), Err(SignatureProblem::UnknownKey));
}

#[test]
fn without_a_kid_exactly_one_key_must_fit() {
    let unnamed = |key: &SigningKey| {
        let signed = key.sign("JWT", &json!({})).unwrap();
        let (_, payload) = signed.split_once('.').unwrap();
        let (payload, _) = payload.split_once('.').unwrap();
        let header = json!({"alg": key.algorithm().as_str()});
        let input = format!("{}.{payload}", base64url(header.to_string().as_bytes()));
        let signature = base64url(&key.raw_signature(input.as_bytes()));
        format!("{input}.{signature}")
    };
    let both = set(&[rsa().public_jwk().clone(), p256().public_jwk().clone()]);
    for key in [rsa(), p256()] {
        assert_eq!(both.verify(&parse(&unnamed(&key)).unwrap(), key.algorithm()), Ok(()));
    }
    let twice = set(&[with(&p256(), json!({"kid": "a"})), with(&p256(), json!({"kid": "b"}))]);
    let token = unnamed(&p256());
    assert_eq!(
        twice.verify(&parse(&token).unwrap(), SignatureAlgorithm::Es256),
        Err(SignatureProblem::SeveralKeys)
    );
    let same_kid = set(&[p256().public_jwk().clone(), p256().public_jwk().clone()]);
    assert_eq!(check(&same_kid, &p256()), Err(SignatureProblem::SeveralKeys));
    let kidless = set(&[with(&p256(), json!({"kid": null}))]);
    assert_eq!(
        check(&kidless, &p256()),
        Err(SignatureProblem::UnknownKey),
        "it names a key that is not there"
    );
}

#[test]
fn use_and_operations_say_whether_a_key_verifies() {
    for (members, key_use) in [
        (json!({"use": "sig"}), Some(KeyUse::Signature)),
        (json!({"use": null}), None),
        (json!({"use": null, "key_ops": ["verify"]}), Some(KeyUse::Signature)),
        (json!({"use": "enc", "alg": "RSA-OAEP-256"}), Some(KeyUse::Encryption)),
        (json!({"use": null, "key_ops": ["encrypt", "wrapKey"]}), Some(KeyUse::Encryption)),
    ] {
        let set = set(&[with(&rsa(), members.clone())]);
        assert_eq!(set.keys()[0].key_use(), key_use, "{members}");
        let verified = check(&set, &rsa());
        assert_eq!(verified.is_ok(), key_use != Some(KeyUse::Encryption), "{members}");
    }
    for members in [
        json!({"use": "sig", "key_ops": ["encrypt"]}),
        json!({"use": "enc", "key_ops": ["verify"]}),
        json!({"use": "other"}),
        json!({"use": 1}),
        json!({"key_ops": "verify"}),
    ] {
        assert!(set(&[with(&rsa(), members.clone())]).keys().is_empty(), "{members}");
    }
}

#[test]
fn keys_that_are_not_taken_here_are_left_out_and_the_others_stay() {
    let small = Rsa::generate(1024).unwrap();
    let small = json!({"kty": "RSA", "n": base64url(&small.n().to_vec()), "e": "AQAB"});
    let of_rsa = |members: Value| with(&rsa(), members);
    let of_ec = |members: Value| with(&p256(), members);
    let coordinate = p256().public_jwk()["x"].as_str().unwrap().to_owned();
    for strange in [
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
        json!({"kty": "unknown"}),
        json!({}),
        json!({"kty": 1}),
        small,
        of_rsa(json!({"e": "AQ"})),
        of_rsa(json!({"e": "AA"})),
        of_rsa(json!({"e": "Ag"})),
        of_rsa(json!({"e": null})),
        of_rsa(json!({"n": "AQAB"})),
        of_rsa(json!({"n": base64url(&[0xff; 1025])})),
        of_rsa(json!({"n": "not base64url!"})),
        of_rsa(json!({"kid": 7})),
        of_rsa(json!({"alg": 7})),
        of_ec(json!({"crv": "secp256k1"})),
        of_ec(json!({"crv": "P-384"})),
        of_ec(json!({"y": coordinate})),
        of_ec(json!({"x": base64url(&[0; 32]), "y": base64url(&[0; 32])})),
        of_ec(json!({"x": base64url(&[1; 31])})),
        of_ec(json!({"y": null})),
    ] {
        let set = set(&[strange.clone(), p384().public_jwk().clone()]);
        assert_eq!(set.keys().len(), 1, "{strange}");
        assert_eq!(check(&set, &p384()), Ok(()), "{strange}");
    }
}

#[test]
fn a_document_that_shows_a_secret_is_refused_whole() {
    for member in PRIVATE {
        let document = json!({"keys": [p256().public_jwk(), with(&rsa(), json!({member: "AQAB"}))]});
        let problem = PublicKeySet::from_json(document.to_string().as_bytes()).unwrap_err();
        assert_eq!(problem, JwkSetProblem::Private, "{member}");
    }
    let secret = br#"{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}]}"#;
    assert_eq!(PublicKeySet::from_json(secret).unwrap_err(), JwkSetProblem::Private);
}

#[test]
fn a_document_has_its_form_and_its_limits() {
    for (document, problem) in [
        ("", JwkSetProblem::Json),
        ("[]", JwkSetProblem::Json),
        ("\u{feff}{\"keys\":[]}", JwkSetProblem::Json),
        (r#"{"keys":[],"keys":[]}"#, JwkSetProblem::Json),
        (r#"{"keys":[{"kty":"RSA","kty":"EC"}]}"#, JwkSetProblem::Json),
        ("{}", JwkSetProblem::Keys),
        (r#"{"keys":{}}"#, JwkSetProblem::Keys),
        (r#"{"keys":[1]}"#, JwkSetProblem::Keys),
    ] {
        assert_eq!(PublicKeySet::from_json(document.as_bytes()).unwrap_err(), problem, "{document}");
    }
    assert!(PublicKeySet::from_json(br#"{"keys":[],"more":1}"#).unwrap().keys().is_empty());
    let many = |count: usize| json!({"keys": vec![json!({"kty": "none"}); count]}).to_string();
    assert!(PublicKeySet::from_json(many(MAX_KEYS).as_bytes()).is_ok());
    assert_eq!(PublicKeySet::from_json(many(MAX_KEYS + 1).as_bytes()).unwrap_err(), JwkSetProblem::TooMany);
    let long = |length: usize| format!("{{\"keys\":[]}}{}", " ".repeat(length - 11));
    assert!(PublicKeySet::from_json(long(MAX_JWK_SET).as_bytes()).is_ok());
    assert_eq!(
        PublicKeySet::from_json(long(MAX_JWK_SET + 1).as_bytes()).unwrap_err(),
        JwkSetProblem::TooLong
    );
}

#[test]
fn a_key_from_pem_verifies_what_its_owner_signs() {
    let key = PKey::private_key_from_pem(rsa_pem().as_bytes()).unwrap();
    let pem = String::from_utf8(key.public_key_to_pem().unwrap()).unwrap();
    let examined = Examined::public(&pem, None, 0).unwrap();
    let key = PublicKey::new(&examined, Some(rsa().kid()), Some(KeyUse::Signature), Some("RS256"));
    assert!(key.signs_with(SignatureAlgorithm::Rs256) && !key.signs_with(SignatureAlgorithm::Ps256));
    assert_eq!(check(&PublicKeySet::new(vec![key]), &rsa()), Ok(()));
    let encrypts = PublicKey::new(&examined, Some("e"), Some(KeyUse::Encryption), Some("RSA-OAEP-256"));
    assert!(SignatureAlgorithm::ALL.into_iter().all(|algorithm| !encrypts.signs_with(algorithm)));
    assert_eq!(encrypts.members()["kty"], "RSA");
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
