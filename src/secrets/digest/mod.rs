//! Digests of passwords and client secrets in every format that Authelia's files hold: reading and verifying.
//!
//! A digest is read completely when the configuration or the users file is: what parses can be verified, and its
//! cost has a bound.

mod argon2;
mod bcrypt;
mod crypt;
mod fields;
mod pbkdf2;
mod scrypt;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::compare::equal;
use super::mac::sha256;

pub(super) use fields::to_adapted_base64;

/// The longest secret that is ever hashed, in bytes: some formats take time that grows with its square.
pub const MAX_SECRET: usize = 4096;

/// Why a text is no digest. Carries nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestProblem {
    /// Nothing there.
    #[error("the digest is empty")]
    Empty,
    /// Begins with `$`, but with no known family.
    #[error(
        "the text begins with `$` but with no digest format that is known here (argon2, pbkdf2, scrypt, yescrypt, \
         bcrypt, bcrypt-sha256, SHA-crypt); make one with `signet crypto hash generate`, or write a plaintext that \
         begins with `$` as `$plaintext$…`"
    )]
    Unknown,
    /// A part of the digest cannot be read.
    #[error("the {family} digest has an invalid {part}; it may have been cut off or edited")]
    Malformed {
        /// The family, as `argon2id`.
        family: &'static str,
        /// The part at fault.
        part: &'static str,
    },
    /// Verifying would take too long or too much memory.
    #[error("the {family} digest asks for {part} beyond {limit}: one sign-in would take too long")]
    TooExpensive {
        /// The family, as `argon2id`.
        family: &'static str,
        /// The cost at fault.
        part: &'static str,
        /// The greatest value that is taken.
        limit: &'static str,
    },
}

/// A digest that can be verified, or a plaintext.
#[derive(Clone)]
pub struct Digest {
    family: Family,
    fingerprint: [u8; 32],
}

#[derive(Clone)]
enum Family {
    Argon2(argon2::Argon2Digest),
    Scrypt(scrypt::ScryptDigest),
    Pbkdf2(pbkdf2::Pbkdf2Digest),
    Bcrypt(bcrypt::BcryptDigest),
    ShaCrypt(crypt::ShaCryptDigest),
    Yescrypt(crypt::YescryptDigest),
    Plaintext(SecretString),
}

impl Digest {
    /// Reads a digest. A text that does not begin with `$` is a plaintext; a leading `{CRYPT}` is taken off.
    ///
    /// # Errors
    /// A [`DigestProblem`] that names the part at fault and never shows it.
    pub fn parse(text: &str) -> Result<Self, DigestProblem> {
        Ok(Self { family: Family::parse(text)?, fingerprint: sha256(text.as_bytes()) })
    }

    /// A digest at the cost of Authelia's default that fits no secret: verified for people and clients that do
    /// not exist, so that they cost what others cost.
    #[must_use]
    pub fn dummy() -> Self {
        Self { family: Family::Argon2(argon2::Argon2Digest::dummy()), fingerprint: [0; 32] }
    }

    /// Whether `secret` is the one. May take a second of processor time and much memory: call it on a blocking
    /// thread when [`is_expensive`](Self::is_expensive). Secrets over [`MAX_SECRET`] bytes never fit.
    #[must_use]
    pub fn verify(&self, secret: &[u8]) -> bool {
        if secret.len() > MAX_SECRET {
            return false;
        }
        match &self.family {
            Family::Argon2(digest) => digest.verify(secret),
            Family::Scrypt(digest) => digest.verify(secret),
            Family::Pbkdf2(digest) => digest.verify(secret),
            Family::Bcrypt(digest) => digest.verify(secret),
            Family::ShaCrypt(digest) => digest.verify(secret),
            Family::Yescrypt(digest) => digest.verify(secret),
            Family::Plaintext(plaintext) => equal(plaintext.expose_secret().as_bytes(), secret),
        }
    }

    /// Whether verifying hashes on purpose slowly: everything but a plaintext.
    #[must_use]
    pub const fn is_expensive(&self) -> bool {
        !matches!(self.family, Family::Plaintext(_))
    }

    /// The secret itself, where it was written as plaintext.
    #[must_use]
    pub const fn plaintext(&self) -> Option<&SecretString> {
        match &self.family {
            Family::Plaintext(plaintext) => Some(plaintext),
            _ => None,
        }
    }

    /// What tells this digest from every other: the SHA-256 of its text. As secret as the text is.
    #[must_use]
    pub const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// The name of the format, for messages.
    #[must_use]
    pub const fn family(&self) -> &'static str {
        match &self.family {
            Family::Argon2(digest) => digest.name(),
            Family::Scrypt(_) => scrypt::NAME,
            Family::Pbkdf2(digest) => digest.name(),
            Family::Bcrypt(digest) => digest.name(),
            Family::ShaCrypt(digest) => digest.name(),
            Family::Yescrypt(_) => crypt::YESCRYPT,
            Family::Plaintext(_) => "plaintext",
        }
    }
}

impl Family {
    fn parse(text: &str) -> Result<Self, DigestProblem> {
        if text.is_empty() {
            return Err(DigestProblem::Empty);
        }
        let tagged = text.strip_prefix("{CRYPT}");
        let Some(inner) = tagged.unwrap_or(text).strip_prefix('$') else {
            return match tagged {
                Some(_) => Err(DigestProblem::Unknown),
                None => Ok(Self::Plaintext(text.into())),
            };
        };
        let (name, rest) = inner.split_once('$').ok_or(DigestProblem::Unknown)?;
        Ok(match name {
            "argon2id" | "argon2i" | "argon2d" => Self::Argon2(argon2::Argon2Digest::parse(name, rest)?),
            "scrypt" => Self::Scrypt(scrypt::ScryptDigest::parse(rest)?),
            "y" => Self::Yescrypt(crypt::YescryptDigest::parse(rest)?),
            "5" | "6" => Self::ShaCrypt(crypt::ShaCryptDigest::parse(name, rest)?),
            "2a" | "2b" | "2y" | "2x" => Self::Bcrypt(bcrypt::BcryptDigest::parse(rest)?),
            "bcrypt-sha256" => Self::Bcrypt(bcrypt::BcryptDigest::parse_sha256(rest)?),
            "plaintext" => Self::Plaintext(plaintext(rest)?),
            "base64" => Self::Plaintext(base64(rest)?),
            name if name.starts_with("pbkdf2") => {
                Self::Pbkdf2(pbkdf2::Pbkdf2Digest::parse(name, rest)?.ok_or(DigestProblem::Unknown)?)
            }
            _ => return Err(DigestProblem::Unknown),
        })
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.family())
    }
}

fn plaintext(text: &str) -> Result<SecretString, DigestProblem> {
    if text.is_empty() { Err(DigestProblem::Empty) } else { Ok(text.into()) }
}

fn base64(text: &str) -> Result<SecretString, DigestProblem> {
    let malformed = DigestProblem::Malformed { family: "base64", part: "base64 text" };
    let bytes = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| malformed)?;
    plaintext(&String::from_utf8(bytes).map_err(|_| malformed)?)
}

#[cfg(test)]
mod tests;
