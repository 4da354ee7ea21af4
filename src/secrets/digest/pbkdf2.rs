//! `$pbkdf2-sha512$310000$salt$hash` in passlib's form (RFC 8018 §5.2), computed by OpenSSL.

use openssl::hash::MessageDigest;
use openssl::pkcs5;
use zeroize::Zeroizing;

use super::DigestProblem;
use super::fields::{Of, from_adapted_base64};
use crate::secrets::compare::equal;

const MOST_ITERATIONS: u32 = 20_000_000;

#[derive(Clone)]
pub(super) struct Pbkdf2Digest {
    name: &'static str,
    hash: MessageDigest,
    iterations: u32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl Pbkdf2Digest {
    /// `None` when `name` is no variant that is known.
    pub(super) fn parse(name: &str, text: &str) -> Result<Option<Self>, DigestProblem> {
        let (name, hash) = match name {
            "pbkdf2" | "pbkdf2-sha1" => ("pbkdf2-sha1", MessageDigest::sha1()),
            "pbkdf2-sha224" => ("pbkdf2-sha224", MessageDigest::sha224()),
            "pbkdf2-sha256" => ("pbkdf2-sha256", MessageDigest::sha256()),
            "pbkdf2-sha384" => ("pbkdf2-sha384", MessageDigest::sha384()),
            "pbkdf2-sha512" => ("pbkdf2-sha512", MessageDigest::sha512()),
            _ => return Ok(None),
        };
        let of = Of(name);
        let [iterations, salt, key] = of.split(text)?;
        let iterations = of.number("number of iterations", iterations)?;
        if iterations == 0 {
            return Err(of.malformed("number of iterations"));
        }
        let salt = of.salt(&from_adapted_base64(salt))?;
        let key = of.key(&from_adapted_base64(key))?;
        let blocks = u32::try_from(key.len().div_ceil(hash.size())).unwrap_or(u32::MAX);
        if iterations.checked_mul(blocks).is_none_or(|work| work > MOST_ITERATIONS) {
            return Err(of.too_expensive("iterations", "20000000"));
        }
        Ok(Some(Self { name, hash, iterations, salt, key }))
    }

    #[cfg(test)]
    pub(super) fn print(&self) -> String {
        use super::fields::to_adapted_base64;
        let (salt, key) = (to_adapted_base64(&self.salt), to_adapted_base64(&self.key));
        format!("${}${}${salt}${key}", self.name, self.iterations)
    }

    pub(super) fn verify(&self, secret: &[u8]) -> bool {
        let mut key = Zeroizing::new(vec![0; self.key.len()]);
        let Ok(iterations) = usize::try_from(self.iterations) else { return false };
        pkcs5::pbkdf2_hmac(secret, &self.salt, iterations, self.hash, &mut key).is_ok()
            && equal(&key, &self.key)
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }
}
