//! New key pairs in PEM.

use openssl::pkey::{PKey, Private};
use p256::elliptic_curve::Generate;
use rsa::pkcs8::EncodePrivateKey;
use zeroize::Zeroizing;

/// Why no pair was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateProblem {
    /// Fewer than 2048 bits are too weak, more than 16384 take minutes.
    #[error("an RSA key has 2048 to 16384 bits, and not {bits}")]
    Bits {
        /// What was asked for.
        bits: usize,
    },
    /// The library failed.
    #[error("the key pair could not be made")]
    Library,
}

/// A curve of NIST (RFC 7518 §6.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-256, for ES256.
    P256,
    /// P-384, for ES384.
    P384,
    /// P-521, for ES512.
    P521,
}

/// A new key pair in its PEM forms.
#[derive(Clone)]
pub struct GeneratedPair {
    /// The private key as PKCS #8 (RFC 5958).
    pub private: Zeroizing<String>,
    /// The private key in the older form of its family: PKCS #1 (RFC 8017) or SEC 1 (RFC 5915).
    pub private_legacy: Zeroizing<String>,
    /// The public key as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    pub public: String,
    /// The public key in the older form where the family has one: PKCS #1 for RSA.
    pub public_legacy: Option<String>,
}

impl std::fmt::Debug for GeneratedPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GeneratedPair")
    }
}

/// A new RSA key pair of `bits` bits. Takes from a tenth of a second (2048 bits) to minutes.
///
/// # Errors
/// [`GenerateProblem`].
pub fn generate_rsa_pem(bits: usize) -> Result<GeneratedPair, GenerateProblem> {
    if !(2048..=16_384).contains(&bits) {
        return Err(GenerateProblem::Bits { bits });
    }
    let key = rsa::RsaPrivateKey::new(&mut rand::rng(), bits).map_err(|_| GenerateProblem::Library)?;
    let der = key.to_pkcs8_der().map_err(|_| GenerateProblem::Library)?;
    rsa_pems(der.as_bytes()).ok_or(GenerateProblem::Library)
}

/// A new key pair on a curve.
///
/// # Errors
/// [`GenerateProblem::Library`].
pub fn generate_ecdsa_pem(curve: Curve) -> Result<GeneratedPair, GenerateProblem> {
    ec_pems(curve).ok_or(GenerateProblem::Library)
}

fn rsa_pems(pkcs8: &[u8]) -> Option<GeneratedPair> {
    let pair = PKey::private_key_from_pkcs8(pkcs8).ok()?;
    let rsa = pair.rsa().ok()?;
    let legacy = rsa.private_key_to_pem().ok()?;
    let public_legacy = rsa.public_key_to_pem_pkcs1().ok()?;
    pems(&pair, legacy, Some(public_legacy))
}

fn ec_pems(curve: Curve) -> Option<GeneratedPair> {
    let random = &mut rand::rng();
    let der = match curve {
        Curve::P256 => p256::SecretKey::generate_from_rng(random).to_pkcs8_der(),
        Curve::P384 => p384::SecretKey::generate_from_rng(random).to_pkcs8_der(),
        Curve::P521 => p521::SecretKey::generate_from_rng(random).to_pkcs8_der(),
    };
    let pair = PKey::private_key_from_pkcs8(der.ok()?.as_bytes()).ok()?;
    let legacy = pair.ec_key().ok()?.private_key_to_pem().ok()?;
    pems(&pair, legacy, None)
}

fn pems(pair: &PKey<Private>, legacy: Vec<u8>, public_legacy: Option<Vec<u8>>) -> Option<GeneratedPair> {
    let public_legacy = match public_legacy {
        Some(pem) => Some(String::from_utf8(pem).ok()?),
        None => None,
    };
    Some(GeneratedPair {
        private: Zeroizing::new(String::from_utf8(pair.private_key_to_pem_pkcs8().ok()?).ok()?),
        private_legacy: Zeroizing::new(String::from_utf8(legacy).ok()?),
        public: String::from_utf8(pair.public_key_to_pem().ok()?).ok()?,
        public_legacy,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_the_forms_it_names() {
        let rsa = generate_rsa_pem(2048).unwrap();
        assert!(rsa.private.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert!(rsa.private_legacy.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        assert!(rsa.public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        assert!(rsa.public_legacy.unwrap().starts_with("-----BEGIN RSA PUBLIC KEY-----\n"));
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            let ec = generate_ecdsa_pem(curve).unwrap();
            assert!(ec.private.starts_with("-----BEGIN PRIVATE KEY-----\n"));
            assert!(ec.private_legacy.starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
            assert!(ec.public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        }
    }

    #[test]
    fn weak_and_endless_rsa_keys_are_refused() {
        for bits in [0, 1024, 2047, 16_385] {
            assert_eq!(generate_rsa_pem(bits).unwrap_err(), GenerateProblem::Bits { bits });
        }
    }
}
