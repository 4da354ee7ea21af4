//! One-time codes (RFC 6238): seeds, the text for an authenticator app, and the steps a code fits.

use std::fmt;

use secrecy::SecretString;
use totp_rs::{Algorithm, Builder, Secret};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::clock::NumericDate;
use crate::model::second_factor::{TotpAlgorithm, TotpParameters};
use crate::secrets::seal::SealProblem;
use crate::secrets::{Sealer, equal};

/// The seed of a person's codes with the parameters it is used with.
pub(crate) struct Seed {
    bytes: Zeroizing<Vec<u8>>,
    algorithm: TotpAlgorithm,
    digits: u8,
    period: u32,
}

/// What a code is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeJudgement {
    /// It is the code of this step, which was not used.
    Right(i64),
    /// It is the code of a step that was used, or that lies before one: refused, but not guessed.
    Used,
    /// It is no code of these steps.
    Wrong,
}

/// What a person needs to set an authenticator app up.
#[derive(Clone)]
pub struct EnrolmentView {
    /// The seed in base32 without padding (RFC 4648 §6).
    pub secret: SecretString,
    /// The `otpauth:` address with the same seed, for the QR code. Secret.
    pub uri: String,
    /// What the app must be able to do.
    pub parameters: TotpParameters,
}

impl fmt::Debug for EnrolmentView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrolmentView({:?})", self.parameters)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed({}, {} digits, {} s)", self.algorithm.as_str(), self.digits, self.period)
    }
}

impl Seed {
    /// A seed with its parameters.
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>, algorithm: TotpAlgorithm, digits: u8, period: u32) -> Self {
        Self { bytes, algorithm, digits, period }
    }

    /// Whether every code of the two is the same.
    pub(crate) fn gives_the_same_codes(&self, other: &Self) -> bool {
        (self.algorithm, self.digits, self.period) == (other.algorithm, other.digits, other.period)
            && equal(&self.bytes, &other.bytes)
    }

    /// Opens a stored seed.
    pub(crate) fn open(
        sealer: &Sealer,
        username: &str,
        sealed: &str,
        algorithm: TotpAlgorithm,
        digits: u8,
        period: u32,
    ) -> Result<Self, SealProblem> {
        Ok(Self::new(sealer.open(&context(username), sealed)?, algorithm, digits, period))
    }

    /// Seals the seed for its person.
    pub(crate) fn seal(&self, sealer: &Sealer, username: &str) -> Result<String, SealProblem> {
        sealer.seal(&context(username), &self.bytes)
    }

    /// The step of a time (RFC 6238 §4.2).
    pub(crate) fn step_at(&self, now: NumericDate) -> i64 {
        now.div_euclid(i64::from(self.period.max(1)))
    }

    /// What a code is worth: its earliest step after `after` and within `skew` steps of the present one.
    pub(crate) fn judge(&self, code: &str, now: NumericDate, skew: u32, after: i64) -> CodeJudgement {
        let code: Zeroizing<String> = Zeroizing::new(code.chars().filter(|c| !c.is_whitespace()).collect());
        let present = self.step_at(now);
        let skew = i64::from(skew);
        let steps = present.saturating_sub(skew)..=present.saturating_add(skew);
        // Every step is tried, so that the time tells nothing of which one fits.
        let fitting: Vec<i64> = steps
            .filter(|step| self.code(*step).is_some_and(|right| equal(right.as_bytes(), code.as_bytes())))
            .collect();
        match fitting.iter().find(|step| **step > after) {
            Some(step) => CodeJudgement::Right(*step),
            None if fitting.is_empty() => CodeJudgement::Wrong,
            None => CodeJudgement::Used,
        }
    }

    /// The code of a step; `None` for parameters that no code can have and steps before 1970.
    pub(crate) fn code(&self, step: i64) -> Option<Zeroizing<String>> {
        if !(6..=8).contains(&self.digits) || self.period == 0 {
            return None;
        }
        let period = u64::from(self.period);
        let time = u64::try_from(step).ok()?.checked_mul(period)?;
        // Seeds below the length the crate insists on come from imports.
        let totp = Builder::new()
            .with_algorithm(match self.algorithm {
                TotpAlgorithm::Sha1 => Algorithm::SHA1,
                TotpAlgorithm::Sha256 => Algorithm::SHA256,
                TotpAlgorithm::Sha512 => Algorithm::SHA512,
            })
            .with_digits(self.digits)
            .with_step_duration(period)
            .with_skew(0)
            .with_secret(Secret::from(self.bytes.as_slice()))
            .build_noncompliant();
        Some(Zeroizing::new(totp.generate(time).to_string()))
    }

    /// What the person needs, with the issuer an app shall show.
    pub(crate) fn view(&self, issuer: &str, username: &str) -> EnrolmentView {
        let secret = Secret::from(self.bytes.as_slice()).to_base32();
        // The label is cut at its first colon by apps.
        let label = format!("{}:{}", encode(&issuer.replace(':', " ")), encode(username));
        let uri = format!(
            "otpauth://totp/{label}?secret={secret}&issuer={}&algorithm={}&digits={}&period={}",
            encode(issuer),
            self.algorithm.as_str(),
            self.digits,
            self.period
        );
        let Self { algorithm, digits, period, .. } = *self;
        EnrolmentView { secret: secret.into(), uri, parameters: TotpParameters { algorithm, digits, period } }
    }
}

/// Whether a stored seed opens for its person.
pub(super) fn opens(sealer: &Sealer, username: &str, sealed: &str) -> Result<(), SealProblem> {
    sealer.open(&context(username), sealed).map(drop)
}

/// Binds a sealed seed to its person.
fn context(username: &str) -> String {
    format!("signet_second_factors|seed|{username}")
}

/// Percent-encoding in which a space is `%20`: apps show a `+` as it is.
fn encode(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::CodeJudgement::{Right, Used, Wrong};
    use super::*;

    /// The seed of RFC 6238 Appendix B, as long as the hash wants it (erratum 2866).
    fn seed(algorithm: TotpAlgorithm, length: usize, digits: u8) -> Seed {
        let bytes = "1234567890".bytes().cycle().take(length).collect();
        Seed::new(Zeroizing::new(bytes), algorithm, digits, 30)
    }

    #[test]
    fn the_vectors_of_rfc_6238_hold_for_every_hash() {
        let vectors = [
            (59, "94287082", "46119246", "90693936"),
            (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"),
            (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"),
            (20_000_000_000, "65353130", "77737706", "47863826"),
        ];
        for (now, sha1, sha256, sha512) in vectors {
            for (algorithm, length, code) in [
                (TotpAlgorithm::Sha1, 20, sha1),
                (TotpAlgorithm::Sha256, 32, sha256),
                (TotpAlgorithm::Sha512, 64, sha512),
            ] {
                let seed = seed(algorithm, length, 8);
                assert_eq!(seed.judge(code, now, 0, -1), Right(now / 30), "{algorithm:?} at {now}");
            }
        }
    }

    #[test]
    fn skew_reaches_that_many_steps_and_no_further() {
        let seed = seed(TotpAlgorithm::Sha1, 20, 6);
        let code = seed.code(1000).unwrap();
        for (step, skew, found) in
            [(1000, 0, true), (1001, 0, false), (1001, 1, true), (999, 1, true), (1002, 1, false)]
        {
            assert_eq!(seed.judge(&code, step * 30, skew, 0) == Right(1000), found, "{step} {skew}");
        }
    }

    #[test]
    fn a_step_that_was_used_or_passed_fits_no_more() {
        let seed = seed(TotpAlgorithm::Sha1, 20, 6);
        let code = seed.code(1000).unwrap();
        assert_eq!(seed.judge(&code, 30_000, 1, 999), Right(1000));
        assert_eq!(seed.judge(&code, 30_000, 1, 1000), Used);
        assert_eq!(seed.judge(&code, 30_000, 1, 1001), Used);
        assert_eq!(seed.judge("000000", 30_000, 1, 1001), Wrong);
    }

    #[test]
    fn spaces_in_a_code_do_not_matter_and_anything_else_does() {
        let seed = seed(TotpAlgorithm::Sha1, 20, 6);
        let code = seed.code(1000).unwrap();
        let (left, right) = code.split_at(3);
        assert_eq!(seed.judge(&format!(" {left} {right}\n"), 30_000, 0, 0), Right(1000));
        for wrong in
            [left.to_owned(), format!("{}+", code.as_str()), format!("0{}", code.as_str()), String::new()]
        {
            assert_eq!(seed.judge(&wrong, 30_000, 0, 0), Wrong, "{wrong}");
        }
    }

    #[test]
    fn seeds_of_any_length_work_and_impossible_parameters_fit_nothing() {
        assert!(seed(TotpAlgorithm::Sha1, 5, 6).code(1).is_some());
        assert!(seed(TotpAlgorithm::Sha1, 20, 12).code(1).is_none());
        let zero = Seed::new(Zeroizing::new(vec![1; 20]), TotpAlgorithm::Sha1, 6, 0);
        assert_eq!(zero.judge("000000", 0, 1, -1), Wrong);
    }

    #[test]
    fn an_app_reads_the_same_seed_from_the_address() {
        let seed = seed(TotpAlgorithm::Sha256, 20, 8);
        let view = seed.view("Example: Café", "bob smith");
        assert!(
            view.uri.starts_with("otpauth://totp/Example%20%20Caf%C3%A9:bob%20smith?secret="),
            "{}",
            view.uri
        );
        assert!(view.uri.contains(&format!("secret={}&", view.secret.expose_secret())));
        assert!(view.uri.ends_with("&algorithm=SHA256&digits=8&period=30"));
        assert!(!format!("{view:?}").contains(view.secret.expose_secret()));
        let plain = totp_rs::Totp::from_url_unchecked(seed.view("Signet", "bob").uri).unwrap();
        assert_eq!(plain.generate(59).to_string(), seed.code(1).unwrap().as_str());
    }

    #[test]
    fn a_sealed_seed_opens_for_its_person_only() {
        let sealer = Sealer::new(&SecretString::from("the encryption key of a test"));
        let seed = seed(TotpAlgorithm::Sha1, 20, 6);
        let sealed = seed.seal(&sealer, "bob").unwrap();
        let open = |username| Seed::open(&sealer, username, &sealed, TotpAlgorithm::Sha1, 6, 30);
        assert_eq!(open("bob").unwrap().code(7), seed.code(7));
        assert!(open("alice").is_err());
    }
}
