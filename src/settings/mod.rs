//! What a valid configuration is: typed, immutable, each deciding value with its `Origin`.
//!
//! Only `config` builds these values, and only from a configuration without errors; everyone else reads them.

mod certificates;
mod directory;
mod oidc;
mod rate_limits;
mod server;
mod session;
mod storage;

pub use certificates::TrustedCertificates;
pub use directory::{Directory, ExtraAttribute, ExtraAttributeType};
pub use oidc::{AllowedOrigins, Cors, CorsEndpoint, EnforcePkce, Oidc, OutboundSettings};
pub use rate_limits::{Bucket, RateLimited, RateLimits};
pub use server::{
    Family, ListenAddress, Log, LogFormat, LogLevel, Metrics, PemFile, Server, Theme, Timeouts, Tls,
};
pub use session::IssuerSettings;
pub use storage::{DatabaseSettings, PostgresHost, PostgresSettings, PostgresTls, StorageSettings};

use url::Url;

use crate::clock::Seconds;
use crate::model::second_factor::{TotpAlgorithm, TotpParameters};

/// A whole valid configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The listener and who stands before it.
    pub server: Server,
    /// The log.
    pub log: Log,
    /// Where figures are served; `None` serves and counts none.
    pub metrics: Option<Metrics>,
    /// How the pages look.
    pub theme: Theme,
    /// The issuers, one per `session.cookies` entry, in the order of the configuration; never empty.
    pub sessions: Vec<IssuerSettings>,
    /// Authorities that are trusted besides those everyone trusts.
    pub certificates: TrustedCertificates,
    /// Where everything remembered is kept.
    pub storage: StorageSettings,
    /// Where people are known from.
    pub directory: Directory,
    /// Where people go who forgot their password (`password_reset.custom_url`); `None` shows no link.
    pub password_reset_url: Option<Url>,
    /// One-time codes.
    pub totp: TotpSettings,
    /// How failed sign-ins are slowed down.
    pub regulation: Regulation,
    /// The provider.
    pub oidc: Oidc,
}

/// One-time codes (RFC 6238): what an enrolment makes, and how forgiving a check is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpSettings {
    /// Whether one-time codes are off: then nobody reaches two factors.
    pub disabled: bool,
    /// The issuer an authenticator app shows.
    pub issuer: String,
    /// The hash of new enrolments.
    pub algorithm: TotpAlgorithm,
    /// Digits of new enrolments: 6 or 8.
    pub digits: u8,
    /// Seconds of a step of new enrolments, at least 15.
    pub period: u32,
    /// Steps before and after the present one that are accepted too.
    pub skew: u32,
    /// Bytes of a new seed, at least 20.
    pub secret_size: usize,
    /// The hashes a person may choose from, `algorithm` first.
    pub allowed_algorithms: Vec<TotpAlgorithm>,
    /// The digits a person may choose from, `digits` first.
    pub allowed_digits: Vec<u8>,
    /// The steps a person may choose from, `period` first.
    pub allowed_periods: Vec<u32>,
}

impl TotpSettings {
    /// What an enrolment makes unless the person chooses.
    pub fn parameters(&self) -> TotpParameters {
        TotpParameters { algorithm: self.algorithm, digits: self.digits, period: self.period }
    }

    /// Whether a person may choose these.
    pub fn allows(&self, chosen: TotpParameters) -> bool {
        self.allowed_algorithms.contains(&chosen.algorithm)
            && self.allowed_digits.contains(&chosen.digits)
            && self.allowed_periods.contains(&chosen.period)
    }

    /// Whether there is anything to choose.
    pub fn offers_choice(&self) -> bool {
        [self.allowed_algorithms.len(), self.allowed_digits.len(), self.allowed_periods.len()]
            .into_iter()
            .any(|choices| choices > 1)
    }
}

/// How failed sign-ins are slowed down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regulation {
    /// Whether failures are counted per person.
    pub by_user: bool,
    /// Whether failures are counted per network address.
    pub by_ip: bool,
    /// Failures within `find_time` that lead to a ban; 0 turns regulation off.
    pub max_retries: u32,
    /// The span in which failures are counted, in seconds.
    pub find_time: Seconds,
    /// How long a ban lasts, in seconds; at least `find_time`.
    pub ban_time: Seconds,
}
