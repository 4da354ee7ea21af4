//! Every algorithm that signs in JOSE here (RFC 7518 §3.1): with a private key, or with a secret that both sides know.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::algorithm::SignatureAlgorithm;

/// An algorithm that signs with a shared secret (RFC 7518 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MacAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
}

impl MacAlgorithm {
    /// Every algorithm, in the order of RFC 7518 §3.1.
    pub const ALL: [Self; 3] = [Self::Hs256, Self::Hs384, Self::Hs512];

    /// The name in `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    /// The shortest secret that RFC 7518 §3.2 takes, in bytes: as long as the hash.
    #[must_use]
    pub const fn shortest_secret(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 => 64,
        }
    }

    /// The hash of the algorithm over `data`.
    #[must_use]
    pub fn hash(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Hs256 => Sha256::digest(data).to_vec(),
            Self::Hs384 => Sha384::digest(data).to_vec(),
            Self::Hs512 => Sha512::digest(data).to_vec(),
        }
    }
}

impl fmt::Display for MacAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One of the twelve algorithms (`alg`, RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JwsAlgorithm {
    /// With a shared secret.
    Mac(MacAlgorithm),
    /// With a private key.
    Signature(SignatureAlgorithm),
}

impl JwsAlgorithm {
    /// Every algorithm: those with a secret first, as RFC 7518 §3.1 has them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let macs = MacAlgorithm::ALL.into_iter().map(Self::Mac);
        macs.chain(SignatureAlgorithm::ALL.into_iter().map(Self::Signature)).collect()
    }

    /// The name in `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mac(algorithm) => algorithm.as_str(),
            Self::Signature(algorithm) => algorithm.as_str(),
        }
    }

    /// Reads a name; case matters (RFC 7515 §4.1.1).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match MacAlgorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == name) {
            Some(algorithm) => Some(Self::Mac(algorithm)),
            None => SignatureAlgorithm::parse(name).map(Self::Signature),
        }
    }

    /// `at_hash`, `c_hash`: the left half of the hash in base64url (OpenID Connect Core 1.0 §3.1.3.6).
    #[must_use]
    pub fn half_hash(self, data: &[u8]) -> String {
        let hash = match self {
            Self::Mac(algorithm) => algorithm.hash(data),
            Self::Signature(algorithm) => return algorithm.half_hash(data),
        };
        let (left, _) = hash.split_at_checked(hash.len() / 2).unwrap_or((&hash, &[]));
        URL_SAFE_NO_PAD.encode(left)
    }
}

impl From<SignatureAlgorithm> for JwsAlgorithm {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        Self::Signature(algorithm)
    }
}

impl From<MacAlgorithm> for JwsAlgorithm {
    fn from(algorithm: MacAlgorithm) -> Self {
        Self::Mac(algorithm)
    }
}

impl fmt::Display for JwsAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_names_are_read_exactly() {
        assert_eq!(JwsAlgorithm::all().len(), 12);
        for algorithm in JwsAlgorithm::all() {
            assert_eq!(JwsAlgorithm::parse(algorithm.as_str()), Some(algorithm));
        }
        for name in ["", "none", "None", "hs256", "HS256 ", "HS1", "RS1", "ES256K", "EdDSA", "dir"] {
            assert_eq!(JwsAlgorithm::parse(name), None, "{name}");
        }
    }

    #[test]
    fn half_hashes_go_by_the_size_of_the_hash_alone() {
        for (mac, signature) in [
            (MacAlgorithm::Hs256, SignatureAlgorithm::Rs256),
            (MacAlgorithm::Hs384, SignatureAlgorithm::Ps384),
            (MacAlgorithm::Hs512, SignatureAlgorithm::Es512),
        ] {
            assert_eq!(JwsAlgorithm::from(mac).half_hash(b"token"), signature.half_hash(b"token"));
        }
    }
}
