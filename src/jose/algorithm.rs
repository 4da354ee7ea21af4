//! The signature algorithms that Signet signs with (RFC 7518 §3.1): the asymmetric ones.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jws;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The family of key that an algorithm needs (`kty`, RFC 7518 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// RSA.
    Rsa,
    /// An elliptic curve.
    Ec,
}

/// A signature algorithm (`alg`, RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
}

impl SignatureAlgorithm {
    /// Every algorithm, in the order of RFC 7518 §3.1 and with PSS behind PKCS #1 v1.5.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
    ];

    /// The name in `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    /// Reads a name; case matters (RFC 7515 §4.1.1).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The family of key.
    #[must_use]
    pub const fn key_type(self) -> KeyType {
        match self {
            Self::Es256 | Self::Es384 | Self::Es512 => KeyType::Ec,
            _ => KeyType::Rsa,
        }
    }

    /// The hash of the algorithm over `data`.
    #[must_use]
    pub fn hash(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Sha256::digest(data).to_vec(),
            Self::Rs384 | Self::Ps384 | Self::Es384 => Sha384::digest(data).to_vec(),
            Self::Rs512 | Self::Ps512 | Self::Es512 => Sha512::digest(data).to_vec(),
        }
    }

    /// `at_hash`, `c_hash`: the left half of the hash in base64url (OpenID Connect Core 1.0 §3.1.3.6).
    #[must_use]
    pub fn half_hash(self, data: &[u8]) -> String {
        let hash = self.hash(data);
        let (left, _) = hash.split_at_checked(hash.len() / 2).unwrap_or((&hash, &[]));
        URL_SAFE_NO_PAD.encode(left)
    }

    pub(super) fn signer(self, pkcs8: &[u8]) -> Option<Box<dyn jws::JwsSigner>> {
        Some(match self {
            Self::Rs256 => Box::new(jws::RS256.signer_from_der(pkcs8).ok()?),
            Self::Rs384 => Box::new(jws::RS384.signer_from_der(pkcs8).ok()?),
            Self::Rs512 => Box::new(jws::RS512.signer_from_der(pkcs8).ok()?),
            Self::Ps256 => Box::new(jws::PS256.signer_from_der(pkcs8).ok()?),
            Self::Ps384 => Box::new(jws::PS384.signer_from_der(pkcs8).ok()?),
            Self::Ps512 => Box::new(jws::PS512.signer_from_der(pkcs8).ok()?),
            Self::Es256 => Box::new(jws::ES256.signer_from_der(pkcs8).ok()?),
            Self::Es384 => Box::new(jws::ES384.signer_from_der(pkcs8).ok()?),
            Self::Es512 => Box::new(jws::ES512.signer_from_der(pkcs8).ok()?),
        })
    }

    pub(super) fn verifier(self, spki: &[u8]) -> Option<Box<dyn jws::JwsVerifier>> {
        Some(match self {
            Self::Rs256 => Box::new(jws::RS256.verifier_from_der(spki).ok()?),
            Self::Rs384 => Box::new(jws::RS384.verifier_from_der(spki).ok()?),
            Self::Rs512 => Box::new(jws::RS512.verifier_from_der(spki).ok()?),
            Self::Ps256 => Box::new(jws::PS256.verifier_from_der(spki).ok()?),
            Self::Ps384 => Box::new(jws::PS384.verifier_from_der(spki).ok()?),
            Self::Ps512 => Box::new(jws::PS512.verifier_from_der(spki).ok()?),
            Self::Es256 => Box::new(jws::ES256.verifier_from_der(spki).ok()?),
            Self::Es384 => Box::new(jws::ES384.verifier_from_der(spki).ok()?),
            Self::Es512 => Box::new(jws::ES512.verifier_from_der(spki).ok()?),
        })
    }
}

/// Whether a verifier believes `signature` over `message`.
pub(super) fn signature_fits(
    verifier: &dyn jws::JwsVerifier,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    if algorithm.key_type() == KeyType::Ec {
        // CVE-2022-21449: neither half of an ECDSA signature is ever zero.
        let (r, s) = signature.split_at_checked(signature.len() / 2).unwrap_or_default();
        if [r, s].iter().any(|half| half.iter().all(|byte| *byte == 0)) {
            return false;
        }
    }
    verifier.verify(message, signature).is_ok()
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_exactly() {
        for algorithm in SignatureAlgorithm::ALL {
            assert_eq!(SignatureAlgorithm::parse(algorithm.as_str()), Some(algorithm));
        }
        for name in ["", "none", "rs256", "RS256 ", "HS256", "ES256K", "RS1", "EdDSA"] {
            assert_eq!(SignatureAlgorithm::parse(name), None, "{name}");
        }
    }

    #[test]
    fn half_hashes_have_half_the_length_of_their_hash() {
        // OpenID Connect Core 1.0 §A.3 gives this pair.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(SignatureAlgorithm::Rs256.half_hash(token.as_bytes()), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(SignatureAlgorithm::Es384.half_hash(b"").len(), 32);
        assert_eq!(SignatureAlgorithm::Ps512.half_hash(b"").len(), 43);
    }
}
