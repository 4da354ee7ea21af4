//! New digests, at the cost that Authelia gives them by default.

use ::argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkcs5;

use super::digest::{Digest, DigestProblem, to_adapted_base64};
use super::random::random_vec;

/// Why no digest was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeDigestProblem {
    /// The cost is out of bounds, or the digest could not be verified later.
    #[error("these parameters make no digest: {0}")]
    Parameters(#[from] DigestProblem),
    /// The hash itself refused or failed.
    #[error("these parameters are refused by the hash: check memory, iterations, parallelism and sizes")]
    Hash,
}

/// The three variants of RFC 9106 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argon2Variant {
    /// Hybrid, the one to use for passwords.
    Argon2id,
    /// Reads memory independently of the secret.
    Argon2i,
    /// Reads memory in dependence on the secret.
    Argon2d,
}

/// The cost of an argon2 digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Parameters {
    /// The variant.
    pub variant: Argon2Variant,
    /// Passes over the memory.
    pub iterations: u32,
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Bytes of the result.
    pub key_length: u32,
    /// Bytes of random salt.
    pub salt_length: u32,
}

impl Default for Argon2Parameters {
    fn default() -> Self {
        Self {
            variant: Argon2Variant::Argon2id,
            iterations: 3,
            memory_kib: 65_536,
            parallelism: 4,
            key_length: 32,
            salt_length: 16,
        }
    }
}

/// The hash under PBKDF2 (RFC 8018 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pbkdf2Variant {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-224.
    Sha224,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-384.
    Sha384,
    /// HMAC-SHA-512.
    Sha512,
}

/// The cost of a PBKDF2 digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pbkdf2Parameters {
    /// The hash.
    pub variant: Pbkdf2Variant,
    /// How often it is applied.
    pub iterations: u32,
    /// Bytes of random salt.
    pub salt_length: u32,
}

impl Default for Pbkdf2Parameters {
    fn default() -> Self {
        Self { variant: Pbkdf2Variant::Sha512, iterations: 310_000, salt_length: 16 }
    }
}

/// A new argon2 digest of `secret`. Takes as long as verifying it.
///
/// # Errors
/// [`MakeDigestProblem`] when the parameters are out of bounds.
pub fn make_argon2(secret: &[u8], parameters: &Argon2Parameters) -> Result<String, MakeDigestProblem> {
    let algorithm = match parameters.variant {
        Argon2Variant::Argon2id => Algorithm::Argon2id,
        Argon2Variant::Argon2i => Algorithm::Argon2i,
        Argon2Variant::Argon2d => Algorithm::Argon2d,
    };
    let Argon2Parameters { iterations, memory_kib, parallelism, .. } = *parameters;
    let salt = random_vec(length(parameters.salt_length)?);
    let mut key = vec![0; length(parameters.key_length)?];
    let text = |key: &[u8]| {
        let name = algorithm.as_str();
        let (salt, key) = (STANDARD_NO_PAD.encode(&salt), STANDARD_NO_PAD.encode(key));
        format!("${name}$v=19$m={memory_kib},t={iterations},p={parallelism}${salt}${key}")
    };
    // What could not be read back must not be made, nor cost its time.
    Digest::parse(&text(&key))?;
    let params = Params::new(memory_kib, iterations, parallelism, Some(key.len()))
        .map_err(|_| MakeDigestProblem::Hash)?;
    Argon2::new(algorithm, Version::V0x13, params)
        .hash_password_into(secret, &salt, &mut key)
        .map_err(|_| MakeDigestProblem::Hash)?;
    Ok(text(&key))
}

/// A new PBKDF2 digest of `secret` in passlib's form. Takes as long as verifying it.
///
/// # Errors
/// [`MakeDigestProblem`] when the parameters are out of bounds.
pub fn make_pbkdf2(secret: &[u8], parameters: &Pbkdf2Parameters) -> Result<String, MakeDigestProblem> {
    let (name, hash) = match parameters.variant {
        Pbkdf2Variant::Sha1 => ("pbkdf2", MessageDigest::sha1()),
        Pbkdf2Variant::Sha224 => ("pbkdf2-sha224", MessageDigest::sha224()),
        Pbkdf2Variant::Sha256 => ("pbkdf2-sha256", MessageDigest::sha256()),
        Pbkdf2Variant::Sha384 => ("pbkdf2-sha384", MessageDigest::sha384()),
        Pbkdf2Variant::Sha512 => ("pbkdf2-sha512", MessageDigest::sha512()),
    };
    let iterations = parameters.iterations;
    let salt = random_vec(length(parameters.salt_length)?);
    let mut key = vec![0; hash.size()];
    let text =
        |key: &[u8]| format!("${name}${iterations}${}${}", to_adapted_base64(&salt), to_adapted_base64(key));
    Digest::parse(&text(&key))?;
    let rounds = usize::try_from(iterations).map_err(|_| MakeDigestProblem::Hash)?;
    pkcs5::pbkdf2_hmac(secret, &salt, rounds, hash, &mut key).map_err(|_| MakeDigestProblem::Hash)?;
    Ok(text(&key))
}

/// A length in bytes that is worth trying; the digest's own limits are narrower.
fn length(bytes: u32) -> Result<usize, MakeDigestProblem> {
    usize::try_from(bytes).ok().filter(|bytes| *bytes <= 4096).ok_or(MakeDigestProblem::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_authelia() {
        let text = make_argon2(b"secret", &Argon2Parameters::default()).unwrap();
        assert!(text.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{text}");
        assert!(Digest::parse(&text).unwrap().verify(b"secret"));
        let parameters = Pbkdf2Parameters { iterations: 1000, ..Pbkdf2Parameters::default() };
        assert_eq!(Pbkdf2Parameters::default().iterations, 310_000);
        let text = make_pbkdf2(b"secret", &parameters).unwrap();
        assert!(text.starts_with("$pbkdf2-sha512$1000$"), "{text}");
    }

    #[test]
    fn every_variant_of_pbkdf2_reads_back() {
        use Pbkdf2Variant::{Sha1, Sha224, Sha256, Sha384, Sha512};
        for variant in [Sha1, Sha224, Sha256, Sha384, Sha512] {
            let parameters = Pbkdf2Parameters { variant, iterations: 100, salt_length: 16 };
            let text = make_pbkdf2(b"secret", &parameters).unwrap();
            let digest = Digest::parse(&text).unwrap();
            assert!(digest.verify(b"secret") && !digest.verify(b"Secret"), "{text}");
        }
    }

    #[test]
    fn parameters_that_could_not_be_verified_are_refused_at_once() {
        let argon2 = Argon2Parameters::default();
        for wrong in [
            Argon2Parameters { memory_kib: u32::MAX, ..argon2 },
            Argon2Parameters { iterations: 0, ..argon2 },
            Argon2Parameters { parallelism: 0, ..argon2 },
            Argon2Parameters { key_length: 4, ..argon2 },
            Argon2Parameters { key_length: u32::MAX, ..argon2 },
            Argon2Parameters { salt_length: 0, ..argon2 },
        ] {
            assert!(make_argon2(b"secret", &wrong).is_err(), "{wrong:?}");
        }
        let pbkdf2 = Pbkdf2Parameters::default();
        for wrong in [
            Pbkdf2Parameters { iterations: 0, ..pbkdf2 },
            Pbkdf2Parameters { iterations: u32::MAX, ..pbkdf2 },
            Pbkdf2Parameters { salt_length: 0, ..pbkdf2 },
        ] {
            assert!(make_pbkdf2(b"secret", &wrong).is_err(), "{wrong:?}");
        }
    }
}
