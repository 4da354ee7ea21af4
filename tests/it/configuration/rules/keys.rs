//! Keys, chains and digests that pieces name: `KEY:rsa` stands for a private key in PEM on one line.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use signet::jose::{Curve, generate_ecdsa_pem, generate_rsa_pem};

use super::super::DIGEST;
use crate::support::certificates::{Authority, KeyForm};

fn texts() -> &'static BTreeMap<&'static str, String> {
    static TEXTS: OnceLock<BTreeMap<&'static str, String>> = OnceLock::new();
    TEXTS.get_or_init(made)
}

fn pem(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn pair(key: &PKey<Private>) -> (String, String) {
    (pem(key.private_key_to_pem_pkcs8().unwrap()), pem(key.public_key_to_pem().unwrap()))
}

fn made() -> BTreeMap<&'static str, String> {
    const DAY: i64 = 86_400;
    let mut texts = BTreeMap::new();
    let rsa = generate_rsa_pem(2048).unwrap();
    texts.insert("rsa.pub", rsa.public.clone());
    texts.insert("rsa", rsa.private.to_string());
    texts.insert("damaged", rsa.private.replacen("MII", "very-secret", 1));
    texts.insert("other-rsa", generate_rsa_pem(2048).unwrap().private.to_string());
    for (curve, private, public) in [
        (Curve::P256, "p256", "p256.pub"),
        (Curve::P384, "p384", "p384.pub"),
        (Curve::P521, "p521", "p521.pub"),
    ] {
        let made = generate_ecdsa_pem(curve).unwrap();
        texts.insert(public, made.public.clone());
        texts.insert(private, made.private.to_string());
    }
    let small = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    let edwards = PKey::generate_ed25519().unwrap();
    for (key, private, public) in [(&small, "small", "small.pub"), (&edwards, "ed25519", "ed25519.pub")] {
        let (own, others) = pair(key);
        texts.insert(private, own);
        texts.insert(public, others);
    }
    let locked = small.private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"very-secret").unwrap();
    texts.insert("encrypted", pem(locked));
    let authority = Authority::new();
    let own = authority.made_as("op.example.com", KeyForm::RsaPkcs8, 90 * DAY);
    let old = authority.made_as("op.example.com", KeyForm::RsaPkcs8, -DAY);
    let blocks: Vec<&str> = own.chain.split_inclusive("-----END CERTIFICATE-----\n").collect();
    texts.insert("chained.pub", pem(own.leaf.public_key().unwrap().public_key_to_pem().unwrap()));
    texts.insert("chain.disordered", format!("{}{}", blocks[0], blocks[0]));
    texts.insert("chained", own.key);
    texts.insert("chain", own.chain);
    texts.insert("expired", old.key);
    texts.insert("chain.expired", old.chain);
    texts
}

/// A text with everything it names in its place. Lines and columns stay what they are.
pub fn filled_in(text: &str) -> String {
    let mut filled = text.replace("DIGEST", &format!("'{DIGEST}'"));
    // The longer names first: `KEY:rsa` begins `KEY:rsa.pub`.
    for (name, value) in texts().iter().rev() {
        let quoted = serde_json::to_string(value).unwrap();
        filled = filled.replace(&format!("KEY:{name}"), &quoted);
    }
    assert!(!filled.contains("KEY:"), "a key that nobody made: {filled}");
    filled
}

/// What no message may hold.
pub fn secrets() -> Vec<String> {
    let keys = texts().values().filter_map(|pem| pem.lines().nth(1).map(str::to_owned));
    keys.chain(["very-secret", "BpLnfgDsc2WD8F2q", "hmac-secret-of-the-tests"].map(str::to_owned)).collect()
}
