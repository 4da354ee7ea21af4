//! One-time codes (RFC 6238), as they are stored.

use serde::{Deserialize, Serialize};

use crate::clock::NumericDate;

/// The hash of a one-time code (RFC 6238 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TotpAlgorithm {
    /// What every authenticator app knows.
    #[serde(rename = "SHA1")]
    Sha1,
    /// HMAC-SHA-256.
    #[serde(rename = "SHA256")]
    Sha256,
    /// HMAC-SHA-512.
    #[serde(rename = "SHA512")]
    Sha512,
}

impl TotpAlgorithm {
    /// The name in an `otpauth:` URI and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// The algorithm of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha512].into_iter().find(|each| each.as_str() == name)
    }
}

/// What an authenticator app must be able to do for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotpParameters {
    /// The hash.
    pub algorithm: TotpAlgorithm,
    /// Digits of a code: 6 or 8.
    pub digits: u8,
    /// Length of a step in seconds.
    pub period: u32,
}

/// A person's one-time code device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// The person, canonical form.
    pub username: String,
    /// The seed, sealed.
    pub sealed_seed: String,
    /// The hash.
    pub algorithm: TotpAlgorithm,
    /// Digits of a code: 6 or 8.
    pub digits: u8,
    /// Length of a step in seconds.
    pub period: u32,
    /// When it was enrolled.
    pub created_at: NumericDate,
    /// The last step that was accepted: no step is accepted twice, none before it.
    pub last_step: i64,
}
