//! Signing and verifying with a shared secret (RFC 7518 §3.2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;
use sha2::{Sha256, Sha384, Sha512};

use super::compact::signing_input;
use super::jws_algorithm::MacAlgorithm;
use super::key::SignProblem;

/// A secret that is ready to sign and verify with one algorithm: hashing it into the key happens once.
#[derive(Clone)]
pub struct MacKey(Prepared);

#[derive(Clone)]
enum Prepared {
    Hs256(Hmac<Sha256>),
    Hs384(Hmac<Sha384>),
    Hs512(Hmac<Sha512>),
}

impl MacKey {
    /// Makes a secret ready. None is too short to be used here; whoever reads it tells when it is shorter than
    /// [`MacAlgorithm::shortest_secret`].
    #[must_use]
    pub fn new(algorithm: MacAlgorithm, secret: &[u8]) -> Self {
        Self(match algorithm {
            MacAlgorithm::Hs256 => Prepared::Hs256(keyed(secret)),
            MacAlgorithm::Hs384 => Prepared::Hs384(keyed(secret)),
            MacAlgorithm::Hs512 => Prepared::Hs512(keyed(secret)),
        })
    }

    /// The one algorithm it is for.
    #[must_use]
    pub const fn algorithm(&self) -> MacAlgorithm {
        match self.0 {
            Prepared::Hs256(_) => MacAlgorithm::Hs256,
            Prepared::Hs384(_) => MacAlgorithm::Hs384,
            Prepared::Hs512(_) => MacAlgorithm::Hs512,
        }
    }

    /// Signs claims: a JWS in compact serialization with `alg` and `typ` in its header (RFC 7515 §7.1). A secret has no
    /// `kid` that could be told.
    ///
    /// # Errors
    /// [`SignProblem::Claims`].
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignProblem> {
        let mut token = signing_input(&json!({ "alg": self.algorithm().as_str(), "typ": typ }), claims)?;
        let signature = self.tag(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Whether `signature` over `message` was made with this secret. The time it takes tells nothing of how much of a
    /// wrong signature is right.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Prepared::Hs256(mac) => mac.clone().chain_update(message).verify_slice(signature).is_ok(),
            Prepared::Hs384(mac) => mac.clone().chain_update(message).verify_slice(signature).is_ok(),
            Prepared::Hs512(mac) => mac.clone().chain_update(message).verify_slice(signature).is_ok(),
        }
    }

    fn tag(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Prepared::Hs256(mac) => mac.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Prepared::Hs384(mac) => mac.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Prepared::Hs512(mac) => mac.clone().chain_update(message).finalize().into_bytes().to_vec(),
        }
    }
}

/// HMAC takes keys of every length (RFC 2104 §2), so the other arm is never taken.
fn keyed<M: Mac + KeyInit>(secret: &[u8]) -> M {
    M::new_from_slice(secret).unwrap_or_else(|_| M::new(&hmac::digest::Key::<M>::default()))
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacKey({})", self.algorithm())
    }
}

/// One secret, ready for every algorithm.
#[derive(Clone, Debug)]
pub struct MacKeys([MacKey; 3]);

impl MacKeys {
    /// Makes a secret ready.
    #[must_use]
    pub fn new(secret: &SecretString) -> Self {
        Self(MacAlgorithm::ALL.map(|algorithm| MacKey::new(algorithm, secret.expose_secret().as_bytes())))
    }

    /// The key for an algorithm.
    #[must_use]
    pub const fn for_algorithm(&self, algorithm: MacAlgorithm) -> &MacKey {
        let [hs256, hs384, hs512] = &self.0;
        match algorithm {
            MacAlgorithm::Hs256 => hs256,
            MacAlgorithm::Hs384 => hs384,
            MacAlgorithm::Hs512 => hs512,
        }
    }
}

#[cfg(test)]
mod tests {
    use josekit::jws;
    use serde_json::Value;

    use super::super::compact::parse;
    use super::*;

    const SECRET: &str = "a secret of sixty-four bytes, which is as long as HS512 wants it";

    #[test]
    fn the_example_of_rfc_7515_a_1_verifies() {
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = URL_SAFE_NO_PAD.decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        let key = MacKey::new(MacAlgorithm::Hs256, &key);
        assert!(key.verifies(signed.as_bytes(), &signature));
        assert!(!key.verifies(&signed.as_bytes()[1..], &signature));
    }

    #[test]
    fn another_library_verifies_what_is_signed_and_the_other_way_round() {
        let keys = MacKeys::new(&SECRET.into());
        for (algorithm, other) in [
            (MacAlgorithm::Hs256, jws::HS256),
            (MacAlgorithm::Hs384, jws::HS384),
            (MacAlgorithm::Hs512, jws::HS512),
        ] {
            let key = keys.for_algorithm(algorithm);
            assert_eq!(key.algorithm(), algorithm);
            let token = key.sign("JWT", &json!({"sub": "alice"})).unwrap();
            let verifier = other.verifier_from_bytes(SECRET).unwrap();
            let (payload, header) = jws::deserialize_compact(&token, &verifier).unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&payload).unwrap()["sub"], "alice");
            assert_eq!(header.token_type(), Some("JWT"));
            let parsed = parse(&token).unwrap();
            assert!(key.verifies(parsed.signing_input.as_bytes(), &parsed.signature));
            for wrong in MacAlgorithm::ALL.into_iter().filter(|wrong| *wrong != algorithm) {
                let wrong = keys.for_algorithm(wrong);
                assert!(!wrong.verifies(parsed.signing_input.as_bytes(), &parsed.signature));
            }
        }
    }

    #[test]
    fn short_long_and_other_signatures_are_refused_and_nothing_is_shown() {
        let key = MacKey::new(MacAlgorithm::Hs256, SECRET.as_bytes());
        let right = key.tag(b"message");
        for wrong in [&right[..31], &right[..16], &[], &[right.as_slice(), &[0]].concat(), &[0; 32]] {
            assert!(!key.verifies(b"message", wrong));
        }
        assert_eq!(key.sign("JWT", &json!([1])), Err(SignProblem::Claims));
        assert!(!format!("{key:?}").contains("secret"));
    }
}
