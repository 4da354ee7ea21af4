//! Every PEM form is made here by OpenSSL; signatures are verified by other libraries than the one that signs.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use openssl::x509::extension::BasicConstraints;
use openssl::x509::{X509, X509Builder, X509Name};
use p521::ecdsa::signature::Verifier as _;

use super::super::generate::{Curve, generate_ecdsa_pem};
use super::super::test_keys::{p256, p384, p521, rsa, rsa_pem};
use super::*;

fn text(pem: Result<Vec<u8>, openssl::error::ErrorStack>) -> String {
    String::from_utf8(pem.unwrap()).unwrap()
}

fn load(pem: &str) -> Result<SigningKey, KeyProblem> {
    SigningKey::from_pem(pem, &KeyOptions::at(0))
}

fn private() -> PKey<Private> {
    PKey::private_key_from_pem(rsa_pem().as_bytes()).unwrap()
}

fn with_algorithm(pem: &str, algorithm: SignatureAlgorithm) -> Result<SigningKey, KeyProblem> {
    SigningKey::from_pem(pem, &KeyOptions { algorithm: Some(algorithm), ..KeyOptions::at(0) })
}

fn verify_elsewhere(key: &SigningKey) {
    let token = key.sign("JWT", &json!({"sub": "alice", "exp": 4_000_000_000_u64})).unwrap();
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.public_jwk().clone()).unwrap();
    let algorithm: Algorithm = key.algorithm().as_str().parse().unwrap();
    let decoding = DecodingKey::from_jwk(&jwk).unwrap();
    let data = jsonwebtoken::decode::<Value>(&token, &decoding, &Validation::new(algorithm)).unwrap();
    assert_eq!(data.claims.get("sub").unwrap(), "alice");
    assert_eq!((data.header.kid.as_deref(), data.header.typ.as_deref()), (Some(key.kid()), Some("JWT")));
}

#[test]
fn another_library_verifies_what_is_signed() {
    use SignatureAlgorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    for algorithm in [Rs256, Rs384, Rs512, Ps256, Ps384, Ps512] {
        verify_elsewhere(&with_algorithm(rsa_pem(), algorithm).unwrap());
    }
    verify_elsewhere(&p256());
    verify_elsewhere(&p384());
}

#[test]
fn another_library_verifies_es512() {
    let key = p521();
    let member = |name: &str| URL_SAFE_NO_PAD.decode(key.public_jwk()[name].as_str().unwrap()).unwrap();
    let sec1 = [vec![4], member("x"), member("y")].concat();
    let verifying = p521::ecdsa::VerifyingKey::from_sec1_bytes(&sec1).unwrap();
    for count in 0..50 {
        let token = key.sign("JWT", &json!({ "count": count })).unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signature = p521::ecdsa::Signature::from_slice(&signature).unwrap();
        assert!(verifying.verify(input.as_bytes(), &signature).is_ok());
    }
}

#[test]
fn the_same_key_in_every_pem_form_has_the_same_kid() {
    let rsa_key = private();
    let pkcs1 = text(rsa_key.rsa().unwrap().private_key_to_pem());
    assert!(pkcs1.contains("BEGIN RSA PRIVATE KEY"));
    assert_eq!(load(&pkcs1).unwrap().kid(), rsa().kid());
    let surrounded = format!("Bag Attributes\n\n{}\n\n", rsa_pem().replace('\n', "\r\n"));
    assert_eq!(load(&surrounded).unwrap().kid(), rsa().kid());
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let pair = generate_ecdsa_pem(curve).unwrap();
        let key = load(&pair.private).unwrap();
        assert_eq!(load(&pair.private_legacy).unwrap().kid(), key.kid());
        let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        let with_parameters = format!("{parameters}{}", pair.private_legacy.as_str());
        assert_eq!(load(&with_parameters).unwrap().kid(), key.kid());
    }
}

#[test]
fn the_default_kid_is_made_of_thumbprint_and_algorithm() {
    let key = with_algorithm(rsa_pem(), SignatureAlgorithm::Ps256).unwrap();
    let (hex, algorithm) = key.kid().split_once('-').unwrap();
    let whole: String =
        thumbprint(key.public_jwk()).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((hex.len(), algorithm), (7, "ps256"));
    assert!(whole.starts_with(hex));
    assert_eq!(key.public_jwk()["alg"], "PS256");
    assert_eq!(key.public_jwk()["use"], "sig");
    assert_eq!(p256().public_jwk()["crv"], "P-256");
    assert!(p521().kid().ends_with("-es512"));
}

#[test]
fn an_algorithm_that_does_not_fit_the_key_is_named() {
    let problem = with_algorithm(rsa_pem(), SignatureAlgorithm::Es256).unwrap_err();
    assert_eq!(problem.to_string(), "the algorithm ES256 does not fit this key, which is RSA");
    let pem = generate_ecdsa_pem(Curve::P384).unwrap().private;
    for algorithm in [SignatureAlgorithm::Es256, SignatureAlgorithm::Rs256] {
        let problem = with_algorithm(&pem, algorithm).unwrap_err();
        assert_eq!(problem, KeyProblem::AlgorithmMismatch { algorithm, key: "P-384" });
    }
}

#[test]
fn key_ids_follow_their_pattern() {
    let (most, long) = ("a".repeat(100), "a".repeat(101));
    let load =
        |kid: &str| SigningKey::from_pem(rsa_pem(), &KeyOptions { key_id: Some(kid), ..KeyOptions::at(0) });
    for kid in ["a", "main", "a.b_c~d-e", "0", &most] {
        assert_eq!(load(kid).unwrap().kid(), kid);
    }
    for kid in ["", "-a", "a-", "a b", "ä", ".", "a/b", &long] {
        assert_eq!(load(kid).unwrap_err(), KeyProblem::KeyId, "{kid}");
    }
}

#[test]
fn what_is_no_usable_private_key_is_told_precisely() {
    let key = private();
    let small = text(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap().private_key_to_pem_pkcs8());
    assert_eq!(load(&small).unwrap_err(), KeyProblem::TooSmall { bits: 1024 });
    let ed25519 = text(PKey::generate_ed25519().unwrap().private_key_to_pem_pkcs8());
    assert_eq!(load(&ed25519).unwrap_err(), KeyProblem::UnsupportedKey { family: "Ed25519" });
    let curve = EcGroup::from_curve_name(Nid::SECP256K1).unwrap();
    let secp256k1 = text(EcKey::generate(&curve).unwrap().private_key_to_pem());
    assert_eq!(load(&secp256k1).unwrap_err(), KeyProblem::UnsupportedCurve);
    let encrypted = text(key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"passphrase"));
    assert_eq!(load(&encrypted).unwrap_err(), KeyProblem::Encrypted);
    let rsa_key = key.rsa().unwrap();
    let encrypted = text(rsa_key.private_key_to_pem_passphrase(Cipher::aes_256_cbc(), b"passphrase"));
    assert_eq!(load(&encrypted).unwrap_err(), KeyProblem::Encrypted);
    assert_eq!(load(&text(key.public_key_to_pem())).unwrap_err(), KeyProblem::PublicKey);
    assert_eq!(load(&text(rsa_key.public_key_to_pem_pkcs1())).unwrap_err(), KeyProblem::PublicKey);
    let certificate = text(certificate(&key, None, 0, 10).to_pem());
    assert_eq!(load(&certificate).unwrap_err(), KeyProblem::Certificate);
    assert_eq!(load(&format!("{}{}", rsa_pem(), rsa_pem())).unwrap_err(), KeyProblem::MoreThanOne);
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(load(openssh).unwrap_err(), KeyProblem::OpenSsh);
    for no_pem in ["", "secret", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"] {
        assert_eq!(load(no_pem).unwrap_err(), KeyProblem::NotPem);
    }
    let cut: String = rsa_pem().chars().take(500).collect();
    assert_eq!(load(&cut).unwrap_err(), KeyProblem::Damaged);
    let one_line = rsa_pem().lines().nth(3).unwrap();
    assert_eq!(load(&rsa_pem().replace(one_line, "")).unwrap_err(), KeyProblem::Damaged);
}

#[test]
fn problems_and_debug_show_nothing_of_the_key() {
    let body = rsa_pem().lines().nth(3).unwrap();
    let damaged = rsa_pem().replace(body, &body.replace('A', "!"));
    let shown = match load(&damaged.replace("MII", "!!!")) {
        Ok(key) => format!("{key:?}"),
        Err(problem) => format!("{problem} {problem:?}"),
    };
    assert!(!shown.contains(body) && !format!("{:?}", rsa()).contains(body));
    assert_eq!(format!("{:?}", rsa()), format!("SigningKey({}, RS256)", rsa().kid()));
}

#[test]
fn claims_that_are_no_object_are_not_signed() {
    for claims in [json!([]), json!("text"), json!(null)] {
        assert_eq!(rsa().sign("JWT", &claims), Err(SignProblem::Claims));
    }
}

const DAY: i64 = 86_400;

/// A certificate for `key`, signed by `issuer` or by itself, valid between two days of 1970.
fn certificate(key: &PKey<Private>, issuer: Option<(&X509, &PKey<Private>)>, from: i64, until: i64) -> X509 {
    let mut name = X509Name::builder().unwrap();
    let common_name = format!("{} {}", if issuer.is_some() { "leaf" } else { "root" }, key.bits());
    name.append_entry_by_text("CN", &common_name).unwrap();
    let name = name.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(issuer.map_or(name.as_ref(), |(it, _)| it.subject_name())).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(from * DAY).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(until * DAY).unwrap()).unwrap();
    if issuer.is_none() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    }
    builder.sign(issuer.map_or(key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    builder.build()
}

#[test]
fn a_certificate_chain_is_checked_and_published() {
    let leaf_key = private();
    let root_key =
        PKey::private_key_from_pem(generate_ecdsa_pem(Curve::P256).unwrap().private.as_bytes()).unwrap();
    let root = certificate(&root_key, None, 0, 100);
    let leaf = certificate(&leaf_key, Some((&root, &root_key)), 10, 50);
    let (leaf_pem, root_pem) = (text(leaf.to_pem()), text(root.to_pem()));
    let load = |chain: &str, day: i64| {
        let options = KeyOptions { certificate_chain: Some(chain), ..KeyOptions::at(day * DAY) };
        SigningKey::from_pem(rsa_pem(), &options)
    };
    let whole = format!("{leaf_pem}{root_pem}");
    let key = load(&whole, 20).unwrap();
    let jwk = key.public_jwk();
    assert_eq!(jwk["x5c"].as_array().unwrap().len(), 2);
    let der = base64::engine::general_purpose::STANDARD.decode(jwk["x5c"][0].as_str().unwrap()).unwrap();
    assert_eq!(der, leaf.to_der().unwrap());
    assert_eq!(jwk["x5t"].as_str().unwrap().len(), 27);
    assert_eq!(jwk["x5t#S256"].as_str().unwrap().len(), 43);
    assert_eq!(key.kid(), rsa().kid());

    assert!(load(&leaf_pem, 20).is_ok());
    assert_eq!(load(&whole, 5).unwrap_err(), KeyProblem::ChainNotYetValid { position: 1 });
    assert_eq!(load(&whole, 60).unwrap_err(), KeyProblem::ChainExpired { position: 1 });
    assert_eq!(load(&format!("{root_pem}{leaf_pem}"), 20).unwrap_err(), KeyProblem::ChainOfAnotherKey);
    assert_eq!(
        load(&format!("{leaf_pem}{leaf_pem}"), 20).unwrap_err(),
        KeyProblem::ChainBroken { position: 1 }
    );
    let impostor_key =
        PKey::private_key_from_pem(generate_ecdsa_pem(Curve::P256).unwrap().private.as_bytes()).unwrap();
    let impostor = text(certificate(&impostor_key, None, 0, 100).to_pem());
    assert_eq!(
        load(&format!("{leaf_pem}{impostor}"), 20).unwrap_err(),
        KeyProblem::ChainBroken { position: 1 }
    );
    for unreadable in ["", "no PEM", rsa_pem()] {
        assert_eq!(load(unreadable, 20).unwrap_err(), KeyProblem::ChainUnreadable);
    }
}
