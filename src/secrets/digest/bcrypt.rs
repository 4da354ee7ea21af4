//! `$2b$12$…` and passlib's `$bcrypt-sha256$v=2,t=2b,r=12$salt$hash`.
//!
//! `2a`, `2b`, `2x` and `2y` tell which program's faults made the digest; the algorithm without them is one.

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, general_purpose};
use zeroize::Zeroizing;

use super::DigestProblem;
use super::fields::Of;
use crate::secrets::compare::equal;
use crate::secrets::mac::hmac_sha256;

/// Programs have left random bits in the last character of a salt.
const LENIENT: GeneralPurposeConfig = general_purpose::NO_PAD
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone);
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, LENIENT);

/// The longest key that bcrypt uses, in bytes; the byte 0 that ends a text counts.
const LONGEST: usize = 72;
const SALT_TEXT: usize = 22;

#[derive(Clone)]
pub(super) struct BcryptDigest {
    cost: u32,
    salt: [u8; 16],
    key: [u8; 23],
    /// For `bcrypt-sha256`: the salt as text, the key of the HMAC that is hashed in place of the secret.
    prehash: Option<String>,
}

impl BcryptDigest {
    pub(super) fn parse(text: &str) -> Result<Self, DigestProblem> {
        let of = Of("bcrypt");
        let [cost, salt_and_key] = of.split(text)?;
        let (salt, key) =
            salt_and_key.split_at_checked(SALT_TEXT).ok_or(of.malformed("length of salt and hash"))?;
        Self::from_parts(of, cost, salt, key, None)
    }

    pub(super) fn parse_sha256(text: &str) -> Result<Self, DigestProblem> {
        let of = Of("bcrypt-sha256");
        let [parameters, salt, key] = of.split(text)?;
        let [version, variant, cost] = of.parameters(parameters, ["v", "t", "r"])?;
        if version != "2" || variant != "2b" {
            return Err(of.malformed("version: only v=2,t=2b is known"));
        }
        Self::from_parts(of, cost, salt, key, Some(salt.to_owned()))
    }

    fn from_parts(
        of: Of,
        cost: &str,
        salt: &str,
        key: &str,
        prehash: Option<String>,
    ) -> Result<Self, DigestProblem> {
        let cost = of.number("cost", cost)?;
        if cost < 4 {
            return Err(of.malformed("cost"));
        }
        if cost > 17 {
            return Err(of.too_expensive("a cost", "17"));
        }
        let salt = BASE64.decode(salt).map_err(|_| of.malformed("salt"))?;
        let key = BASE64.decode(key).map_err(|_| of.malformed("hash"))?;
        Ok(Self {
            cost,
            salt: salt.try_into().map_err(|_| of.malformed("length of salt"))?,
            key: key.try_into().map_err(|_| of.malformed("length of hash"))?,
            prehash,
        })
    }

    #[cfg(test)]
    pub(super) fn print(&self) -> String {
        let (cost, salt, key) = (self.cost, BASE64.encode(self.salt), BASE64.encode(self.key));
        match &self.prehash {
            Some(salt) => format!("$bcrypt-sha256$v=2,t=2b,r={cost}${salt}${key}"),
            None => format!("$2b${cost:02}${salt}{key}"),
        }
    }

    pub(super) fn verify(&self, secret: &[u8]) -> bool {
        let mut text = Zeroizing::new(match &self.prehash {
            Some(salt) => STANDARD.encode(hmac_sha256(salt.as_bytes(), &[secret])).into_bytes(),
            None => secret.iter().take(LONGEST).copied().collect(),
        });
        text.push(0);
        text.truncate(LONGEST);
        let computed = ::bcrypt::bcrypt(self.cost, self.salt, &text);
        computed.first_chunk::<23>().is_some_and(|computed| equal(computed, &self.key))
    }

    pub(super) const fn name(&self) -> &'static str {
        if self.prehash.is_some() { "bcrypt-sha256" } else { "bcrypt" }
    }
}
