//! What a client signs to prove who it is, made without Signet's JOSE: right ones, and ones with every fault.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use serde_json::{Map, Value, json};

use super::secrets;
use super::site::ISSUER;

/// The `client_assertion_type` of RFC 7523 §2.2.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// `typ` of RFC 10070.
pub const TYP: &str = "client-authentication+jwt";

/// What signs.
pub struct Key(PKey<Private>);

/// The key of a client by the name that fragments give it, as `client-key:NAME`; each is made once per run.
pub fn key(name: &str) -> Arc<Key> {
    static KEYS: Mutex<BTreeMap<String, Arc<Key>>> = Mutex::new(BTreeMap::new());
    let mut keys = KEYS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let made = keys.entry(name.to_owned()).or_insert_with(|| {
        let curve = |curve| {
            PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap()
        };
        let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
        Arc::new(Key(match name {
            "rsa" | "other-rsa" => rsa(2048),
            "small-rsa" => rsa(1024),
            "p256" | "other-p256" => curve(Nid::X9_62_PRIME256V1),
            "p384" => curve(Nid::SECP384R1),
            "p521" => curve(Nid::SECP521R1),
            other => panic!("no key {other}"),
        }))
    });
    Arc::clone(made)
}

impl Key {
    /// A secret that both sides know.
    pub fn secret(secret: &[u8]) -> Self {
        Self(PKey::hmac(secret).unwrap())
    }

    /// A private key in PEM.
    pub fn private_from(pem: &str) -> Self {
        Self(PKey::private_key_from_pem(pem.as_bytes()).unwrap())
    }

    /// SubjectPublicKeyInfo in PEM.
    pub fn public(&self) -> String {
        String::from_utf8(self.0.public_key_to_pem().unwrap()).unwrap()
    }

    /// The private key in PEM (PKCS #8).
    pub fn private(&self) -> String {
        String::from_utf8(self.0.private_key_to_pem_pkcs8().unwrap()).unwrap()
    }

    /// A signature of an algorithm, as JWS has it (RFC 7518 §3).
    pub fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let raw = self.sign_raw(alg, message);
        if !alg.starts_with("ES") {
            return raw;
        }
        let length = i32::try_from(self.0.bits().div_ceil(8)).unwrap();
        let signature = EcdsaSig::from_der(&raw).unwrap();
        [signature.r(), signature.s()].map(|number| number.to_vec_padded(length).unwrap()).concat()
    }

    /// The same as OpenSSL gives it: an elliptic one in DER.
    pub fn sign_raw(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let digest = match alg.get(2..) {
            Some("384") => MessageDigest::sha384(),
            Some("512") => MessageDigest::sha512(),
            Some("1") => MessageDigest::sha1(),
            _ => MessageDigest::sha256(),
        };
        let mut signer = Signer::new(digest, &self.0).unwrap();
        if alg.starts_with("PS") {
            signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
            signer.set_rsa_mgf1_md(digest).unwrap();
        }
        signer.sign_oneshot_to_vec(message).unwrap()
    }

    /// The public key as JWK, of an elliptic key on P-256.
    pub fn jwk(&self) -> Value {
        let ec = self.0.ec_key().unwrap();
        let mut context = openssl::bn::BigNumContext::new().unwrap();
        let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
        ec.public_key().affine_coordinates(ec.group(), &mut x, &mut y, &mut context).unwrap();
        let [x, y] = [x, y].map(|number| URL_SAFE_NO_PAD.encode(number.to_vec_padded(32).unwrap()));
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    }
}

/// A token of these very texts.
pub fn compact(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// An assertion before it is signed. Every new one has a `jti` of its own.
#[derive(Clone)]
pub struct Assertion {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Assertion {
    /// Of the type of RFC 10070 and for the issuer alone, good for a minute.
    pub fn new(client_id: &str, now: i64) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let jti = format!("assertion-{}-{now}", MADE.fetch_add(1, Ordering::Relaxed));
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60
        });
        let members = |value: Value| value.as_object().unwrap().clone();
        Self { header: members(json!({"typ": TYP})), claims: members(claims) }
    }

    /// With a member of the header in place of its own; null takes it away.
    pub fn header(mut self, name: &str, value: Value) -> Self {
        put(&mut self.header, name, value);
        self
    }

    /// The same with a claim.
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        put(&mut self.claims, name, value);
        self
    }

    /// As clients send it that do not know RFC 10070: without a type.
    pub fn untyped(self) -> Self {
        self.header("typ", Value::Null)
    }

    /// Its claims as text.
    pub fn payload(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }

    /// Signed with an algorithm, which its header names unless it names one.
    pub fn sign(&self, alg: &str, key: &Key) -> String {
        self.sign_by(alg, |input| key.sign(alg, input))
    }

    /// Signed somehow.
    pub fn sign_by(&self, alg: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let mut header = self.header.clone();
        header.entry("alg").or_insert_with(|| alg.into());
        let token = compact(&Value::Object(header).to_string(), &self.payload(), sign);
        secrets::issued(&token);
        token
    }
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}

/// The two fields of a form.
pub fn fields(assertion: &str) -> [(&'static str, &str); 2] {
    [("client_assertion_type", TYPE), ("client_assertion", assertion)]
}
