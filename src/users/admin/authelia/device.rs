//! A one-time code device as Authelia knows it, on its way to being Signet's.

use totp_rs::Secret;
use zeroize::Zeroizing;

use crate::clock::NumericDate;
use crate::model::second_factor::{Totp, TotpAlgorithm};
use crate::secrets::{SealProblem, Sealer};
use crate::storage::InheritedDevice;
use crate::users::totp::Seed;

/// Steps that Signet can tell codes of, in seconds: Authelia makes none shorter.
const PERIODS: std::ops::RangeInclusive<u32> = 15..=3600;

/// The parameters of a device, in Signet's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) algorithm: TotpAlgorithm,
    pub(super) digits: u8,
    pub(super) period: u32,
}

impl Parameters {
    /// The parameters, or which of them no device of Signet can have.
    pub(super) fn parse(algorithm: &str, digits: i64, period: i64) -> Result<Self, &'static str> {
        let algorithm =
            TotpAlgorithm::parse(algorithm).ok_or("the algorithm is none of SHA1, SHA256 and SHA512")?;
        let digits = u8::try_from(digits).ok().filter(|digits| (6..=8).contains(digits));
        let period = u32::try_from(period).ok().filter(|period| PERIODS.contains(period));
        Ok(Self {
            algorithm,
            digits: digits.ok_or("the number of digits is none from 6 to 8")?,
            period: period.ok_or("the period is none from 15 to 3600 seconds")?,
        })
    }
}

/// A device, its seed in the clear.
pub(super) struct OpenDevice {
    pub(super) username: String,
    pub(super) parameters: Parameters,
    pub(super) seed: Zeroizing<Vec<u8>>,
    /// When it was enrolled.
    pub(super) created_at: NumericDate,
    /// When a code of it may last have been accepted.
    pub(super) last_used_at: NumericDate,
}

impl OpenDevice {
    /// The device as it is stored, its seed sealed for its person. Authelia accepts codes of `skew` steps around the
    /// present one, so all that it may have accepted count as used.
    pub(super) fn sealed(
        &self,
        sealer: &Sealer,
        skew: u32,
        now: NumericDate,
    ) -> Result<InheritedDevice, SealProblem> {
        let seed = self.open_seed();
        let last_used_at = self.last_used_at.min(now);
        Ok(InheritedDevice {
            device: Totp {
                username: self.username.clone(),
                sealed_seed: seed.seal(sealer, &self.username)?,
                algorithm: self.parameters.algorithm,
                digits: self.parameters.digits,
                period: self.parameters.period,
                created_at: self.created_at.min(now),
                last_step: seed.step_at(last_used_at).saturating_add(i64::from(skew)),
            },
            last_used_at,
        })
    }

    /// Whether a stored device gives the same codes.
    pub(super) fn is_same(&self, device: &Totp, sealer: &Sealer) -> bool {
        let Totp { username, sealed_seed, algorithm, digits, period, .. } = device;
        let seed = Seed::open(sealer, username, sealed_seed, *algorithm, *digits, *period);
        *username == self.username && seed.is_ok_and(|seed| seed.gives_the_same_codes(&self.open_seed()))
    }

    fn open_seed(&self) -> Seed {
        let Parameters { algorithm, digits, period } = self.parameters;
        Seed::new(self.seed.clone(), algorithm, digits, period)
    }
}

/// The seed that a base32 text holds (RFC 4648 §6), padded or not, in either case.
pub(super) fn seed_of_base32(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(text).ok()?;
    let text = Zeroizing::new(text.trim().trim_end_matches('=').to_ascii_uppercase());
    let seed = Secret::try_from_base32(text.as_str()).ok()?;
    (!seed.as_ref().is_empty()).then(|| Zeroizing::new(seed.as_ref().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_no_device_can_have_are_named() {
        assert!(Parameters::parse("SHA512", 8, 60).is_ok());
        for (algorithm, digits, period, named) in [
            ("MD5", 6, 30, "algorithm"),
            ("sha1", 6, 30, "algorithm"),
            ("SHA1", 5, 30, "digits"),
            ("SHA1", 262, 30, "digits"),
            ("SHA1", 6, 0, "period"),
            ("SHA1", 6, -30, "period"),
            ("SHA1", 6, i64::MAX, "period"),
        ] {
            let why = Parameters::parse(algorithm, digits, period).unwrap_err();
            assert!(why.contains(named), "{why}");
        }
    }

    #[test]
    fn a_seed_is_read_with_and_without_padding_and_from_nothing_else() {
        for text in ["MZXW6===", "MZXW6", "mzxw6", " MZXW6\n"] {
            assert_eq!(seed_of_base32(text.as_bytes()).unwrap().as_slice(), b"foo", "{text}");
        }
        for text in ["", "=", "MZXW1", "not base32", "\u{ff}"] {
            assert!(seed_of_base32(text.as_bytes()).is_none(), "{text}");
        }
        assert!(seed_of_base32(&[0xff]).is_none());
    }

    #[test]
    fn every_step_that_authelia_may_have_accepted_counts_as_used() {
        let sealer = Sealer::new(&"the encryption key of a test".into());
        let device = |last_used_at| OpenDevice {
            username: "alice".to_owned(),
            parameters: Parameters { algorithm: TotpAlgorithm::Sha1, digits: 6, period: 30 },
            seed: Zeroizing::new(b"12345678901234567890".to_vec()),
            created_at: 300,
            last_used_at,
        };
        let last_step = |used, now| device(used).sealed(&sealer, 1, now).unwrap().device.last_step;
        assert_eq!(last_step(600, 900), 21, "the step of 600 is 20, and the next one may have been shown");
        assert_eq!(last_step(6000, 900), 31, "a clock that was ahead does not lock anybody out");
    }
}
