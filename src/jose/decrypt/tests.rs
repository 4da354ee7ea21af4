//! Round trips, the examples of the standards, and tokens that someone has changed. Other libraries read what Signet
//! encrypts, and write what it decrypts, in the tests over HTTP.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::pkey::PKey;
use serde_json::{Value, json};

use super::super::algorithm::KeyType;
use super::super::encrypt::EncryptProblem;
use super::super::encrypt::Encrypter;
use super::super::generate::{Curve, generate_ecdsa_pem, generate_rsa_pem};
use super::super::key::{KeyOptions, KeyProblem, KeyState};
use super::super::standard_examples::VECTORS;
use super::super::test_keys::{rsa, rsa_pem};
use super::*;

static P256: LazyLock<String> =
    LazyLock::new(|| generate_ecdsa_pem(Curve::P256).unwrap().private.to_string());

fn options(algorithm: JweAlgorithm) -> KeyOptions<'static, JweAlgorithm> {
    KeyOptions { algorithm: Some(algorithm), ..KeyOptions::at(0) }
}

fn key(pem: &str, algorithm: JweAlgorithm) -> DecryptionKey {
    DecryptionKey::from_pem(pem, &options(algorithm)).unwrap()
}

fn encrypter(
    pem: &str,
    algorithm: JweAlgorithm,
    encryption: ContentEncryption,
    kid: Option<&str>,
) -> Encrypter {
    let spki = PKey::private_key_from_pem(pem.as_bytes()).unwrap().public_key_to_der().unwrap();
    Encrypter::to_public_key(algorithm, encryption, &spki, kid).unwrap()
}

fn opened(decrypter: &Decrypter, encrypter: &Encrypter) {
    for content in ["a", &"token".repeat(2000)] {
        let token = encrypter.encrypt(content, Some("at+jwt"), None).unwrap();
        let header = envelope::parse(&token).unwrap().header;
        assert_eq!((&header["cty"], &header["typ"]), (&json!("JWT"), &json!("at+jwt")));
        assert_eq!(decrypter.open(&token).as_deref(), Ok(content), "{encrypter:?}");
    }
}

#[test]
fn what_is_encrypted_to_a_key_its_owner_opens() {
    for algorithm in JweAlgorithm::ALL {
        let pems: &[&str] = match algorithm.key_type() {
            Some(KeyType::Rsa) => &[rsa_pem()],
            Some(KeyType::Ec) => &[
                &P256,
                &generate_ecdsa_pem(Curve::P384).unwrap().private,
                &generate_ecdsa_pem(Curve::P521).unwrap().private,
            ],
            None => continue,
        };
        for pem in pems {
            for encryption in ContentEncryption::ALL {
                opened(&key(pem, algorithm).decrypter, &encrypter(pem, algorithm, encryption, None));
            }
        }
    }
}

#[test]
fn what_is_encrypted_with_a_secret_whoever_knows_it_opens() {
    for algorithm in JweAlgorithm::ALL.into_iter().filter(|it| it.key_type().is_none()) {
        for encryption in ContentEncryption::ALL {
            let encrypter = Encrypter::with_secret(algorithm, encryption, b"a secret").unwrap();
            match Decrypter::with_secret(algorithm, b"a secret") {
                Some(decrypter) => {
                    opened(&decrypter, &encrypter);
                    let other = Decrypter::with_secret(algorithm, b"another").unwrap();
                    let token = encrypter.encrypt("a", None, None).unwrap();
                    assert_eq!(other.open(&token), Err(DecryptProblem::Decryption));
                }
                None => assert_eq!(algorithm, JweAlgorithm::Dir),
            }
        }
    }
    let unfit = Encrypter::with_secret(JweAlgorithm::RsaOaep, ContentEncryption::A128gcm, b"a").unwrap_err();
    assert_eq!(unfit, EncryptProblem::Key { algorithm: JweAlgorithm::RsaOaep });
    assert!(Decrypter::with_secret(JweAlgorithm::EcdhEs, b"a").is_none());
}

#[test]
fn a_key_made_of_a_secret_is_the_left_part_of_its_hash() {
    let hex = |key: &[u8]| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    // SHA-256 of "secret", FIPS 180-4.
    let sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    assert_eq!(hex(&key_of_secret(b"secret", 32)), sha256);
    assert_eq!(hex(&key_of_secret(b"secret", 16)), sha256.get(..32).unwrap());
    assert_eq!(key_of_secret(b"secret", 48).len(), 48);
    assert_eq!(key_of_secret(b"secret", 64).len(), 64);
}

#[test]
fn the_examples_of_the_standards_are_opened() {
    for vector in VECTORS["opened"].as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap();
        let algorithm = JweAlgorithm::parse(text("alg")).unwrap();
        let token = text("token");
        let opened = match vector.get("pem") {
            Some(pem) => {
                let key = key(pem.as_str().unwrap(), algorithm);
                let modulus = key.decrypter.modulus;
                assert!(modulus.is_none_or(|length| key.is_heavy() == (length == 512)), "{}", text("of"));
                key.decrypter.open(token)
            }
            None => {
                let shared = URL_SAFE_NO_PAD.decode(text("k")).unwrap();
                Decrypter::of_shared_key(algorithm, &shared).unwrap().open(token)
            }
        };
        assert_eq!(opened.as_deref(), Ok(text("content")), "{}", text("of"));
    }
}

#[test]
fn the_unsafe_examples_of_the_standards_are_refused() {
    for vector in VECTORS["refused"].as_array().unwrap() {
        let token = vector["token"].as_str().unwrap();
        assert!(
            envelope::parse(token).is_err() && super::super::compact::parse(token).is_err_and(|_| true) || {
                // `none` is a header like any other until a key is asked for.
                let unverified = super::super::compact::parse(token).unwrap();
                let set = KeySet::new(vec![rsa()]).unwrap();
                unverified.algorithm() == "none" && set.verify(token, &["JWT"]).is_err()
            },
            "{}",
            vector["of"]
        );
    }
}

/// RFC 7518, Appendix C.
#[test]
fn the_agreement_of_alice_and_bob_gives_their_key() {
    let bob = json!({"kty": "EC", "crv": "P-256", "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
        "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck", "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"});
    let jwk = josekit::jwk::Jwk::from_map(bob.as_object().unwrap().clone()).unwrap();
    let header = json!({"alg": "ECDH-ES", "enc": "A128GCM", "apu": "QWxpY2U", "apv": "Qm9i",
        "epk": {"kty": "EC", "crv": "P-256", "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
            "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}});
    let header = JweHeader::from_map(header.as_object().unwrap().clone()).unwrap();
    let bob = jwe::ECDH_ES.decrypter_from_jwk(&jwk).unwrap();
    let key = bob.decrypt(None, ContentEncryption::A128gcm.handle(), &header).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(key), "VqqN6vgjbSBcIijNcacQGg");
}

/// RFC 7518, Appendix B.
#[test]
fn the_tags_of_the_standard_fit_and_no_others() {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
            .collect()
    };
    let plaintext = "A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience";
    for (encryption, tag) in [
        (ContentEncryption::A128cbcHs256, "652c3fa36b0a7c5b3219fab3a30bc1c4"),
        (ContentEncryption::A192cbcHs384, "8490ac0e58949bfe51875d733f93ac2075168039ccc733d7"),
        (ContentEncryption::A256cbcHs512, "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5"),
    ] {
        let key: Vec<u8> = (0..).take(encryption.key_length()).collect();
        let iv = bytes("1af38c2dc2b96ffdd86694092341bc04");
        let aad = "The second principle of Auguste Kerckhoffs";
        let made = encryption.handle().encrypt(&key, Some(&iv), plaintext.as_bytes(), aad.as_bytes());
        let (ciphertext, made) = made.unwrap();
        assert_eq!(made.unwrap(), bytes(tag));
        let mut envelope = Envelope {
            header: serde_json::Map::new(),
            protected: aad,
            algorithm: JweAlgorithm::Dir,
            encryption,
            encrypted_key: Vec::new(),
            iv,
            ciphertext,
            tag: bytes(tag),
        };
        assert_eq!(decrypted(&envelope, &key).unwrap(), plaintext.as_bytes());
        envelope.tag[0] ^= 1;
        assert!(!cbc_tag_fits(&envelope, &key) && decrypted(&envelope, &key).is_none());
        envelope.tag.clear();
        assert!(!cbc_tag_fits(&envelope, &key));
    }
}

fn edited(token: &str, part: usize, edit: impl Fn(&mut Vec<u8>)) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut bytes = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
    edit(&mut bytes);
    parts[part] = URL_SAFE_NO_PAD.encode(bytes);
    parts.join(".")
}

#[test]
fn one_turned_bit_anywhere_and_nobody_learns_where() {
    for (pem, algorithm) in [
        (rsa_pem(), JweAlgorithm::RsaOaep),
        (rsa_pem(), JweAlgorithm::RsaOaep256),
        (P256.as_str(), JweAlgorithm::EcdhEsA128kw),
    ] {
        for encryption in ContentEncryption::ALL {
            let key = key(pem, algorithm);
            let token = encrypter(pem, algorithm, encryption, None).encrypt("a.b.c", None, None).unwrap();
            for part in 1..5 {
                let turned = edited(&token, part, |bytes| bytes[0] ^= 1);
                assert_eq!(
                    key.decrypter.open(&turned),
                    Err(DecryptProblem::Decryption),
                    "{algorithm} {part}"
                );
                let last = edited(&token, part, |bytes| *bytes.last_mut().unwrap() ^= 1);
                assert_eq!(key.decrypter.open(&last), Err(DecryptProblem::Decryption), "{algorithm} {part}");
            }
            // Another writing of the header is another header, for the tag covers it as it was sent.
            let spaced = edited(&token, 0, |bytes| bytes.insert(1, b' '));
            assert_eq!(key.decrypter.open(&spaced), Err(DecryptProblem::Decryption));
        }
    }
}

#[test]
fn a_point_that_is_not_on_the_curve_gives_no_key() {
    let key = key(&P256, JweAlgorithm::EcdhEs);
    let token = encrypter(&P256, JweAlgorithm::EcdhEs, ContentEncryption::A128gcm, None)
        .encrypt("a", None, None)
        .unwrap();
    let (one, zero) = (URL_SAFE_NO_PAD.encode([1; 32]), URL_SAFE_NO_PAD.encode([0; 32]));
    for (x, y) in [(&one, &one), (&zero, &zero), (&zero, &one)] {
        let forged = edited(&token, 0, |bytes| {
            let mut header: Value = serde_json::from_slice(bytes).unwrap();
            header["epk"]["x"] = json!(x);
            header["epk"]["y"] = json!(y);
            *bytes = header.to_string().into_bytes();
        });
        assert_eq!(key.decrypter.open(&forged), Err(DecryptProblem::Decryption));
    }
    let p384 = generate_ecdsa_pem(Curve::P384).unwrap().private;
    let other = encrypter(&p384, JweAlgorithm::EcdhEs, ContentEncryption::A128gcm, None)
        .encrypt("a", None, None)
        .unwrap();
    assert_eq!(key.decrypter.open(&other), Err(DecryptProblem::Algorithm));
}

#[test]
fn a_key_opens_its_own_algorithm_only() {
    let token = encrypter(rsa_pem(), JweAlgorithm::RsaOaep, ContentEncryption::A128gcm, None)
        .encrypt("a", None, None)
        .unwrap();
    assert_eq!(
        key(rsa_pem(), JweAlgorithm::RsaOaep256).decrypter.open(&token),
        Err(DecryptProblem::Algorithm)
    );
    let secret = Encrypter::with_secret(JweAlgorithm::A128kw, ContentEncryption::A128gcm, b"s").unwrap();
    let token = secret.encrypt("a", None, None).unwrap();
    let other = Decrypter::with_secret(JweAlgorithm::A256kw, b"s").unwrap();
    assert_eq!(other.open(&token), Err(DecryptProblem::Algorithm));
}

#[test]
fn keys_are_found_by_their_id_or_by_being_the_only_one() {
    let rsa_key = key(rsa_pem(), JweAlgorithm::RsaOaep256);
    let ec_key = key(&P256, JweAlgorithm::EcdhEsA256kw);
    let (rsa_kid, enc) = (rsa_key.kid().to_owned(), ContentEncryption::A256gcm);
    assert!(rsa_kid.ends_with("-rsa-oaep-256") && ec_key.kid().ends_with("-ecdh-es.a256kw"));
    let set = KeySet::new(vec![rsa()]).unwrap().with_decryption(vec![rsa_key, ec_key]).unwrap();
    let to = |kid: Option<&str>| {
        encrypter(rsa_pem(), JweAlgorithm::RsaOaep256, enc, kid).encrypt("a.b.c", None, None).unwrap()
    };
    assert_eq!(set.decrypt(&to(Some(&rsa_kid))).as_deref(), Ok("a.b.c"));
    assert_eq!(set.decrypt(&to(None)).as_deref(), Ok("a.b.c"));
    for kid in ["", "other", "../../etc/passwd", "' or 1=1", rsa().kid()] {
        assert_eq!(set.decrypt(&to(Some(kid))), Err(DecryptProblem::UnknownKey), "{kid}");
    }
    let jwks: Value = serde_json::from_str(set.jwks_json()).unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    let of = |name: &str| keys.iter().map(|key| key[name].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(of("use"), ["sig", "enc", "enc"]);
    assert_eq!(of("alg"), ["RS256", "RSA-OAEP-256", "ECDH-ES+A256KW"]);
    assert!(keys.iter().all(|key| key.get("d").is_none() && key.get("p").is_none()));

    let named = |state| {
        let options = KeyOptions { key_id: Some("one"), state, ..options(JweAlgorithm::RsaOaep) };
        DecryptionKey::from_pem(rsa_pem(), &options).unwrap()
    };
    assert!(
        KeySet::new(vec![rsa()])
            .unwrap()
            .with_decryption(vec![named(KeyState::Sign), named(KeyState::Publish)])
            .is_err()
    );
    let withdrawn = KeySet::new(vec![rsa()]).unwrap().with_decryption(vec![named(KeyState::Retire)]).unwrap();
    assert!(!withdrawn.jwks_json().contains("enc"));
    let token =
        encrypter(rsa_pem(), JweAlgorithm::RsaOaep, enc, Some("one")).encrypt("a", None, None).unwrap();
    assert_eq!(withdrawn.decrypt(&token).as_deref(), Ok("a"));
}

#[test]
fn keys_that_do_not_fit_are_named() {
    let mismatch = |pem: &str, algorithm| DecryptionKey::from_pem(pem, &options(algorithm)).unwrap_err();
    assert_eq!(
        mismatch(rsa_pem(), JweAlgorithm::EcdhEs).to_string(),
        "the algorithm ECDH-ES does not fit this key, which is RSA"
    );
    for algorithm in [JweAlgorithm::RsaOaep, JweAlgorithm::A128kw, JweAlgorithm::Dir] {
        assert_eq!(mismatch(&P256, algorithm), KeyProblem::EncryptionMismatch { algorithm, key: "P-256" });
    }
    let spki = PKey::private_key_from_pem(P256.as_bytes()).unwrap().public_key_to_der().unwrap();
    let unfit = Encrypter::to_public_key(JweAlgorithm::RsaOaep, ContentEncryption::A128gcm, &spki, None);
    assert!(unfit.is_err());
    assert_eq!(format!("{:?}", key(&P256, JweAlgorithm::EcdhEs).decrypter), "Decrypter(ECDH-ES)");
}

#[test]
fn content_of_another_kind_is_refused() {
    let key = key(&P256, JweAlgorithm::EcdhEs);
    let encrypter = encrypter(&P256, JweAlgorithm::EcdhEs, ContentEncryption::A128gcm, None);
    let token = encrypter.encrypt("a", None, None).unwrap();
    let other = edited(&token, 0, |bytes| {
        let mut header: Value = serde_json::from_slice(bytes).unwrap();
        header["cty"] = json!("jwk+json");
        *bytes = header.to_string().into_bytes();
    });
    assert_eq!(key.decrypter.open(&other), Err(DecryptProblem::Content));
}

#[test]
fn the_longest_token_opens_with_the_largest_key() {
    let pem = generate_rsa_pem(4096).unwrap().private;
    let key = key(&pem, JweAlgorithm::RsaOaep256);
    assert!(key.is_heavy());
    let longest = "a".repeat(16 * 1024);
    let token = encrypter(&pem, JweAlgorithm::RsaOaep256, ContentEncryption::A256cbcHs512, None)
        .encrypt(&longest, None, None)
        .unwrap();
    assert!(token.len() <= envelope::MAX_ENVELOPE);
    assert_eq!(key.decrypter.open(&token).as_deref(), Ok(longest.as_str()));
}
