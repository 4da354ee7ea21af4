//! The examples of RFC 7515, 7517, 7520 §4, 7638 and 9068. Those of RFC 7516, 7518 and 7520 §5, and what none of them is
//! opened or read for (other serializations, RSA1_5, PBES2, `dir`, `zip`, `crit`), are in the tests of decryption.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openssl::x509::X509;
use serde_json::{Map, Value, json};

use super::compact::{ParseProblem, Unverified, parse};
use super::public_key_set::{JwkSetProblem, PublicKeySet, SignatureProblem};
use super::test_keys::rsa_pem;
use super::thumbprint::thumbprint;
use super::{
    JwsAlgorithm, KeyOptions, KeySet, KeyUse, MacKey, SignatureAlgorithm, SigningKey, VerifyProblem,
    audience, numeric_date,
};

pub(super) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

fn set(keys: &Value) -> Result<PublicKeySet, JwkSetProblem> {
    PublicKeySet::from_json(json!({ "keys": keys }).to_string().as_bytes())
}

/// The parts of a token, whatever its content: that of RFC 7515 A.4 is a word, that of RFC 7520 §4 a sentence.
fn taken_apart(token: &str) -> Unverified<'_> {
    let (signing_input, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = signing_input.split_once('.').unwrap();
    Unverified {
        header: serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap(),
        payload: Map::new(),
        signing_input,
        signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
    }
}

#[test]
fn the_signatures_of_rfc_7515_and_7520_fit_and_no_others() {
    for vector in VECTORS["jws"].as_array().unwrap() {
        let token = vector["token"].as_str().unwrap();
        let verifies =
            |unverified: &Unverified<'_>| match JwsAlgorithm::parse(unverified.algorithm()).unwrap() {
                JwsAlgorithm::Mac(algorithm) => {
                    let secret = URL_SAFE_NO_PAD.decode(vector["k"].as_str().unwrap()).unwrap();
                    let key = MacKey::new(algorithm, &secret);
                    key.verifies(unverified.signing_input.as_bytes(), &unverified.signature)
                }
                JwsAlgorithm::Signature(algorithm) => {
                    match set(&json!([vector["key"]])).unwrap().verify(unverified, algorithm) {
                        Err(SignatureProblem::Signature) => false,
                        verified => {
                            assert_eq!(verified, Ok(()), "{}", vector["of"]);
                            true
                        }
                    }
                }
            };
        let right = taken_apart(token);
        assert_eq!(right.algorithm(), vector["alg"].as_str().unwrap());
        assert!(verifies(&right), "{}", vector["of"]);
        for at in [0, 20, right.signature.len() - 1] {
            let mut wrong = right.clone();
            wrong.signature[at] ^= 1;
            assert!(!verifies(&wrong), "{} {at}", vector["of"]);
        }
        let shorter = right.signing_input.get(..right.signing_input.len() - 1).unwrap();
        assert!(!verifies(&Unverified { signing_input: shorter, ..right.clone() }), "{}", vector["of"]);
        // A word or a sentence is no set of claims.
        match vector["of"].as_str().unwrap() {
            of if of == "RFC 7515 A.4" || of.starts_with("RFC 7520 4") => {
                assert_eq!(parse(token).unwrap_err(), ParseProblem::Json, "{of}");
            }
            of => {
                let claims = parse(token).unwrap().payload;
                let iss = if of == "RFC 7520 6" { "hobbiton.example" } else { "joe" };
                assert_eq!(claims["iss"], iss, "{of}");
                assert_eq!(numeric_date(&claims, "exp"), Ok(1_300_819_380), "{of}");
            }
        }
    }
}

#[test]
fn the_keys_of_rfc_7517_and_7638_are_read_and_have_their_thumbprints() {
    let keys = &VECTORS["keys"];
    let public = set(&keys["public"]).unwrap();
    let [elliptic, rsa] = public.keys() else { panic!("{public:?}") };
    assert_eq!(
        (elliptic.kid(), elliptic.key_use(), elliptic.alg()),
        (Some("1"), Some(KeyUse::Encryption), None)
    );
    assert_eq!((rsa.kid(), rsa.key_use(), rsa.alg()), (Some("2011-04-29"), None, Some("RS256")));
    let signs = |algorithm| (elliptic.signs_with(algorithm), rsa.signs_with(algorithm));
    assert_eq!(signs(SignatureAlgorithm::Rs256), (false, true));
    assert_eq!(signs(SignatureAlgorithm::Es256), (false, false));
    for (key, expected) in public.keys().iter().zip(keys["thumbprints"].as_array().unwrap()) {
        let members = Value::Object(key.members().clone());
        assert_eq!(URL_SAFE_NO_PAD.encode(thumbprint(&members).unwrap()), expected.as_str().unwrap());
    }
    for secret in ["private", "symmetric"] {
        assert_eq!(set(&keys[secret]).unwrap_err(), JwkSetProblem::Private, "{secret}");
    }
}

#[test]
fn the_certificate_of_rfc_7517_is_that_of_its_key() {
    let jwk = &VECTORS["keys"]["x5c"];
    let read = set(&json!([jwk])).unwrap();
    let certificate = STANDARD.decode(jwk["x5c"][0].as_str().unwrap()).unwrap();
    let key = X509::from_der(&certificate).unwrap().public_key().unwrap().rsa().unwrap();
    assert_eq!(read.keys()[0].kid(), Some("1b94c"));
    assert_eq!(read.keys()[0].members()["n"], URL_SAFE_NO_PAD.encode(key.n().to_vec()));
}

/// RFC 9068 §2.2, figure 2: its header and its claims, signed by a key of ours.
#[test]
fn an_access_token_as_in_rfc_9068_is_read() {
    let options = KeyOptions { key_id: Some("RjEwOwOA"), ..KeyOptions::at(0) };
    let keys = KeySet::new(vec![SigningKey::from_pem(rsa_pem(), &options).unwrap()]).unwrap();
    let claims = json!({"iss": "https://authorization-server.example.com/", "sub": "5ba552d67",
        "aud": "https://rs.example.com/", "exp": 1_639_528_912, "iat": 1_618_354_090,
        "jti": "dbe39bf3a3ba4238a513f51d6e1691c4", "client_id": "s6BhdRkqt3", "scope": "openid profile reademail"});
    let key = keys.by_kid("RjEwOwOA").unwrap();
    for typ in ["at+JWT", "at+jwt", "application/at+jwt"] {
        let token = key.sign(typ, &claims).unwrap();
        let header = Value::Object(parse(&token).unwrap().header);
        assert_eq!(header, json!({"typ": typ, "alg": "RS256", "kid": "RjEwOwOA"}));
        let read = keys.verify(&token, &["at+jwt"]).unwrap();
        assert_eq!(audience(&read), Ok(vec!["https://rs.example.com/"]));
        assert_eq!(numeric_date(&read, "exp"), Ok(1_639_528_912));
        assert_eq!(Value::Object(read), claims);
        // RFC 9068 §4, RFC 8725 §3.11: neither is one kind taken for another.
        assert_eq!(keys.verify(&token, &["JWT"]), Err(VerifyProblem::Type));
    }
    let id_token = key.sign("JWT", &claims).unwrap();
    assert_eq!(keys.verify(&id_token, &["at+jwt"]), Err(VerifyProblem::Type));
}
