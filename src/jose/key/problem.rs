//! Why a key cannot be used.

use crate::jose::algorithm::SignatureAlgorithm;
use crate::jose::jwe_algorithm::JweAlgorithm;

/// Why a configured key cannot be used. Carries nothing of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// No PEM block.
    #[error(
        "this is no PEM text: it must begin with `-----BEGIN PRIVATE KEY-----` (in YAML, write `key: |` and indent the lines)"
    )]
    NotPem,
    /// A PEM block that does not decode.
    #[error("the PEM text is damaged: a line is missing, cut off or wrongly indented")]
    Damaged,
    /// Encrypted under a passphrase.
    #[error("the key is encrypted with a passphrase; write what `openssl pkey -in FILE` prints")]
    Encrypted,
    /// A public key.
    #[error(
        "this is a public key; write the private key that belongs to it, which begins with `-----BEGIN PRIVATE KEY-----`"
    )]
    PublicKey,
    /// A private key where the public key of somebody else belongs.
    #[error(
        "this is a private key, which nobody but its owner may hold; write its public key, which `openssl pkey -pubout -in FILE` prints"
    )]
    PrivateKey,
    /// No PEM block of a public key.
    #[error(
        "this is no PEM text of a public key: it must begin with `-----BEGIN PUBLIC KEY-----` (in YAML, write `key: |` and indent the lines)"
    )]
    NotPublicPem,
    /// Several public keys.
    #[error("this PEM text holds more than one key; give each an entry of its own")]
    MoreThanOnePublic,
    /// A certificate where a public key belongs.
    #[error(
        "this holds a certificate; write it as `certificate_chain`, and here the public key, which `openssl x509 -pubkey -noout -in FILE` prints"
    )]
    CertificateForPublic,
    /// A certificate where the key belongs.
    #[error(
        "this holds a certificate; write the private key alone here, and certificates as `certificate_chain`"
    )]
    Certificate,
    /// OpenSSH's own format.
    #[error("this is OpenSSH's own format; convert a copy with `ssh-keygen -p -m pkcs8 -f FILE`")]
    OpenSsh,
    /// A block of another kind.
    #[error("this PEM text holds something that is no private key")]
    UnknownBlock,
    /// Several keys.
    #[error("this PEM text holds more than one private key")]
    MoreThanOne,
    /// A family of key that Signet does not sign with.
    #[error(
        "keys of the family {family} are not supported; make one with `signet crypto pair rsa generate` or `ecdsa generate`"
    )]
    UnsupportedKey {
        /// Its name.
        family: &'static str,
    },
    /// An elliptic curve that JOSE has no algorithm for here.
    #[error("the curve of this key is not supported: use P-256, P-384 or P-521")]
    UnsupportedCurve,
    /// Too few bits.
    #[error("this RSA key has {bits} bits, at least 2048 are needed")]
    TooSmall {
        /// What it has.
        bits: u32,
    },
    /// The parts of the key do not belong together.
    #[error("the parts of this key do not belong together: what it signs does not verify")]
    Inconsistent,
    /// The algorithm needs another key.
    #[error("the algorithm {algorithm} does not fit this key, which is {key}")]
    AlgorithmMismatch {
        /// The algorithm asked for.
        algorithm: SignatureAlgorithm,
        /// The key: `RSA`, `P-256` …
        key: &'static str,
    },
    /// The algorithm that encrypts needs another key.
    #[error("the algorithm {algorithm} does not fit this key, which is {key}")]
    EncryptionMismatch {
        /// The algorithm asked for.
        algorithm: JweAlgorithm,
        /// The key: `RSA`, `P-256` …
        key: &'static str,
    },
    /// A `key_id` with characters that are not allowed, or too long.
    #[error(
        "a key id has at most 100 letters, digits and `.`, `_`, `~`, `-`, and begins and ends with a letter or digit"
    )]
    KeyId,
    /// The chain cannot be read.
    #[error("the certificate chain is no list of certificates in PEM")]
    ChainUnreadable,
    /// The first certificate is for another key.
    #[error("the first certificate of the chain belongs to another key")]
    ChainOfAnotherKey,
    /// A certificate that is not signed by the next.
    #[error(
        "certificate {position} of the chain is not signed by the one that follows; put the key's own first and each issuer behind it"
    )]
    ChainBroken {
        /// Counted from 1.
        position: usize,
    },
    /// A certificate that is over.
    #[error("certificate {position} of the chain has expired")]
    ChainExpired {
        /// Counted from 1.
        position: usize,
    },
    /// A certificate that is still to come.
    #[error("certificate {position} of the chain is not valid yet")]
    ChainNotYetValid {
        /// Counted from 1.
        position: usize,
    },
}
