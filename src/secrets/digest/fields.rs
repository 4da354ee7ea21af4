//! The parts of which digest texts are made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::DigestProblem;

/// The family a digest belongs to, for its problems.
#[derive(Clone, Copy)]
pub(super) struct Of(pub(super) &'static str);

/// Shorter results of a hash are refused: a result of no bytes would fit every secret.
const SHORTEST_KEY: usize = 16;
/// Longer ones are refused, in bytes.
const LONGEST_KEY: usize = 1024;

impl Of {
    pub(super) const fn malformed(self, part: &'static str) -> DigestProblem {
        DigestProblem::Malformed { family: self.0, part }
    }

    pub(super) const fn too_expensive(self, part: &'static str, limit: &'static str) -> DigestProblem {
        DigestProblem::TooExpensive { family: self.0, part, limit }
    }

    /// Exactly `N` parts between `$`.
    pub(super) fn split<const N: usize>(self, text: &str) -> Result<[&str; N], DigestProblem> {
        let parts: Vec<&str> = text.split('$').collect();
        parts.try_into().map_err(|_| self.malformed("number of parts"))
    }

    /// A whole number without sign.
    pub(super) fn number(self, part: &'static str, text: &str) -> Result<u32, DigestProblem> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map_err(|_| self.malformed(part))
        } else {
            Err(self.malformed(part))
        }
    }

    /// `name=value,name=value`: each of `names` once and no other, in any order.
    pub(super) fn parameters<'t, const N: usize>(
        self,
        text: &'t str,
        names: [&'static str; N],
    ) -> Result<[&'t str; N], DigestProblem> {
        let pairs: Vec<(&str, &str)> = text.split(',').filter_map(|pair| pair.split_once('=')).collect();
        if pairs.len() != N || text.split(',').count() != N {
            return Err(self.malformed("list of parameters"));
        }
        let mut values = [""; N];
        for (value, name) in values.iter_mut().zip(names) {
            let found = pairs.iter().find(|(given, _)| *given == name);
            *value = found.ok_or(self.malformed("list of parameters"))?.1;
        }
        Ok(values)
    }

    /// Salt in standard base64 without padding.
    pub(super) fn salt(self, text: &str) -> Result<Vec<u8>, DigestProblem> {
        let salt = STANDARD_NO_PAD.decode(text).map_err(|_| self.malformed("salt"))?;
        if salt.is_empty() || salt.len() > LONGEST_KEY { Err(self.malformed("salt")) } else { Ok(salt) }
    }

    /// The result of the hash in standard base64 without padding.
    pub(super) fn key(self, text: &str) -> Result<Vec<u8>, DigestProblem> {
        let key = STANDARD_NO_PAD.decode(text).map_err(|_| self.malformed("hash"))?;
        if (SHORTEST_KEY..=LONGEST_KEY).contains(&key.len()) {
            Ok(key)
        } else {
            Err(self.malformed("length of hash"))
        }
    }
}

/// passlib writes `.` for `+` in PBKDF2 digests; both are read.
pub(super) fn from_adapted_base64(text: &str) -> String {
    text.replace('.', "+")
}

/// Base64 without padding and with `.` for `+`, as passlib writes it.
pub(in crate::secrets) fn to_adapted_base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes).replace('+', ".")
}

#[cfg(test)]
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}
