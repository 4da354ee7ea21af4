//! The algorithms that encrypt (RFC 7518 §4.1, §5.1): those that are safe to use.

use std::fmt;

use josekit::jwe;

use super::algorithm::KeyType;

/// How the content encryption key reaches its reader (`alg`, RFC 7518 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JweAlgorithm {
    /// RSAES OAEP with the parameters of RFC 8017 (SHA-1, which OAEP does not need to be free of collisions).
    RsaOaep,
    /// RSAES OAEP with SHA-256.
    RsaOaep256,
    /// Agreement on the content encryption key by ECDH-ES.
    EcdhEs,
    /// ECDH-ES, and AES key wrap with 128 bits.
    EcdhEsA128kw,
    /// ECDH-ES, and AES key wrap with 192 bits.
    EcdhEsA192kw,
    /// ECDH-ES, and AES key wrap with 256 bits.
    EcdhEsA256kw,
    /// AES key wrap with 128 bits.
    A128kw,
    /// AES key wrap with 192 bits.
    A192kw,
    /// AES key wrap with 256 bits.
    A256kw,
    /// Key wrap by AES GCM with 128 bits.
    A128gcmkw,
    /// Key wrap by AES GCM with 192 bits.
    A192gcmkw,
    /// Key wrap by AES GCM with 256 bits.
    A256gcmkw,
    /// The shared key itself encrypts the content.
    Dir,
}

impl JweAlgorithm {
    /// Every algorithm: first those for key pairs.
    pub const ALL: [Self; 13] = [
        Self::RsaOaep,
        Self::RsaOaep256,
        Self::EcdhEs,
        Self::EcdhEsA128kw,
        Self::EcdhEsA192kw,
        Self::EcdhEsA256kw,
        Self::A128kw,
        Self::A192kw,
        Self::A256kw,
        Self::A128gcmkw,
        Self::A192gcmkw,
        Self::A256gcmkw,
        Self::Dir,
    ];

    /// The name in `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128kw => "ECDH-ES+A128KW",
            Self::EcdhEsA192kw => "ECDH-ES+A192KW",
            Self::EcdhEsA256kw => "ECDH-ES+A256KW",
            Self::A128kw => "A128KW",
            Self::A192kw => "A192KW",
            Self::A256kw => "A256KW",
            Self::A128gcmkw => "A128GCMKW",
            Self::A192gcmkw => "A192GCMKW",
            Self::A256gcmkw => "A256GCMKW",
            Self::Dir => "dir",
        }
    }

    /// Reads a name; case matters (RFC 7516 §4.1.1).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// The family of key pair it encrypts to; `None` when both sides share a secret.
    #[must_use]
    pub const fn key_type(self) -> Option<KeyType> {
        match self {
            Self::RsaOaep | Self::RsaOaep256 => Some(KeyType::Rsa),
            Self::EcdhEs | Self::EcdhEsA128kw | Self::EcdhEsA192kw | Self::EcdhEsA256kw => Some(KeyType::Ec),
            _ => None,
        }
    }

    /// What a key pair is for when nothing else is said.
    #[must_use]
    pub const fn default_of(key_type: KeyType) -> Self {
        match key_type {
            KeyType::Rsa => Self::RsaOaep256,
            KeyType::Ec => Self::EcdhEsA256kw,
        }
    }

    /// How long the key is that it is given or wraps with, in bytes: the shared secret's, or that of the key agreement.
    /// That of `dir` and `ECDH-ES` is the content encryption key's.
    #[must_use]
    pub const fn key_length(self, encryption: ContentEncryption) -> usize {
        match self {
            Self::A128kw | Self::A128gcmkw | Self::EcdhEsA128kw => 16,
            Self::A192kw | Self::A192gcmkw | Self::EcdhEsA192kw => 24,
            Self::A256kw | Self::A256gcmkw | Self::EcdhEsA256kw => 32,
            _ => encryption.key_length(),
        }
    }
}

impl fmt::Display for JweAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How content is encrypted and authenticated (`enc`, RFC 7518 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContentEncryption {
    /// AES CBC with 128 bits and HMAC SHA-256.
    A128cbcHs256,
    /// AES CBC with 192 bits and HMAC SHA-384.
    A192cbcHs384,
    /// AES CBC with 256 bits and HMAC SHA-512.
    A256cbcHs512,
    /// AES GCM with 128 bits.
    A128gcm,
    /// AES GCM with 192 bits.
    A192gcm,
    /// AES GCM with 256 bits.
    A256gcm,
}

impl ContentEncryption {
    /// Every one, in the order of RFC 7518 §5.1.
    pub const ALL: [Self; 6] = [
        Self::A128cbcHs256,
        Self::A192cbcHs384,
        Self::A256cbcHs512,
        Self::A128gcm,
        Self::A192gcm,
        Self::A256gcm,
    ];

    /// The name in `enc`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A128cbcHs256 => "A128CBC-HS256",
            Self::A192cbcHs384 => "A192CBC-HS384",
            Self::A256cbcHs512 => "A256CBC-HS512",
            Self::A128gcm => "A128GCM",
            Self::A192gcm => "A192GCM",
            Self::A256gcm => "A256GCM",
        }
    }

    /// Reads a name; case matters.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encryption| encryption.as_str() == name)
    }

    /// The length of the content encryption key, in bytes.
    #[must_use]
    pub const fn key_length(self) -> usize {
        match self {
            Self::A128gcm => 16,
            Self::A192gcm => 24,
            Self::A128cbcHs256 | Self::A256gcm => 32,
            Self::A192cbcHs384 => 48,
            Self::A256cbcHs512 => 64,
        }
    }

    /// The length of the initialization vector, in bytes.
    #[must_use]
    pub const fn iv_length(self) -> usize {
        if self.is_cbc() { 16 } else { 12 }
    }

    /// The length of the authentication tag, in bytes.
    #[must_use]
    pub const fn tag_length(self) -> usize {
        if self.is_cbc() { self.key_length() / 2 } else { 16 }
    }

    /// Whether it is AES CBC with an HMAC (RFC 7518 §5.2).
    #[must_use]
    pub const fn is_cbc(self) -> bool {
        matches!(self, Self::A128cbcHs256 | Self::A192cbcHs384 | Self::A256cbcHs512)
    }

    pub(super) fn handle(self) -> &'static dyn jwe::JweContentEncryption {
        use jwe::enc::aescbc_hmac::AescbcHmacJweEncryption as Cbc;
        use jwe::enc::aesgcm::AesgcmJweEncryption as Gcm;
        match self {
            Self::A128cbcHs256 => &Cbc::A128cbcHs256,
            Self::A192cbcHs384 => &Cbc::A192cbcHs384,
            Self::A256cbcHs512 => &Cbc::A256cbcHs512,
            Self::A128gcm => &Gcm::A128gcm,
            Self::A192gcm => &Gcm::A192gcm,
            Self::A256gcm => &Gcm::A256gcm,
        }
    }
}

impl fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an algorithm that RFC 7518 §4.1 knows is never used, in half a sentence; none for the others.
#[must_use]
pub fn unsafe_jwe_algorithm(name: &str) -> Option<&'static str> {
    match name {
        "RSA1_5" => Some(
            "whoever sees how a wrong token is refused can read others encrypted to the same key (RFC 8725 section 3.2)",
        ),
        name if name.starts_with("PBES2-") => Some(
            "it is made for passwords, and the sender of a token says how many thousand hashes its reader has to compute",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_exactly() {
        for algorithm in JweAlgorithm::ALL {
            assert_eq!(JweAlgorithm::parse(algorithm.as_str()), Some(algorithm));
            assert_eq!(unsafe_jwe_algorithm(algorithm.as_str()), None);
        }
        for encryption in ContentEncryption::ALL {
            assert_eq!(ContentEncryption::parse(encryption.as_str()), Some(encryption));
            assert_eq!(encryption.handle().name(), encryption.as_str());
            assert_eq!(encryption.handle().key_len(), encryption.key_length());
            assert_eq!(encryption.handle().iv_len(), encryption.iv_length());
        }
        for name in ["", "none", "RSA1_5", "rsa-oaep", "RSA-OAEP-512", "DIR", "PBES2-HS256+A128KW", "A128kw"]
        {
            assert_eq!(JweAlgorithm::parse(name), None, "{name}");
        }
        assert!(unsafe_jwe_algorithm("RSA1_5").is_some());
        assert!(unsafe_jwe_algorithm("PBES2-HS512+A256KW").is_some());
    }
}
