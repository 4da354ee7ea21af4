//! `totp` and `regulation`.

use super::duration::Span;
use super::section::{Found, Section};
use crate::model::authentication::Level;
use crate::model::client::Client;
use crate::model::policy::Requirement;
use crate::model::second_factor::TotpAlgorithm;
use crate::settings::{Oidc, Regulation, TotpSettings};

const LEAST_PERIOD: u32 = 15;
const MOST_PERIOD: u32 = 3600;
const MOST_SKEW: u32 = 10;

pub(super) fn totp(root: &Section<'_>) -> TotpSettings {
    let section = root.section("totp");
    let settings = TotpSettings {
        disabled: section.flag("disable"),
        issuer: section.text_or("issuer", "Signet"),
        algorithm: section
            .text("algorithm")
            .and_then(|found| TotpAlgorithm::parse(found.text))
            .unwrap_or(TotpAlgorithm::Sha1),
        digits: section.whole("digits", 6),
        period: section.whole("period", 30),
        skew: section.whole("skew", 1),
        secret_size: section.whole("secret_size", 32),
        allowed_algorithms: Vec::new(),
        allowed_digits: Vec::new(),
        allowed_periods: Vec::new(),
    };
    let settings = TotpSettings {
        allowed_algorithms: allowed(&section, "allowed_algorithms", settings.algorithm, |found| {
            TotpAlgorithm::parse(found.text)
        }),
        allowed_digits: allowed(&section, "allowed_digits", settings.digits, digits),
        allowed_periods: allowed(&section, "allowed_periods", settings.period, period),
        ..settings
    };
    if settings.period < LEAST_PERIOD {
        section.error(
            "period",
            "out_of_range",
            format!("a step must last at least {LEAST_PERIOD} seconds"),
            "write 30, which every app knows",
        );
    }
    if settings.skew > MOST_SKEW {
        section.error(
            "skew",
            "out_of_range",
            format!("at most {MOST_SKEW} steps may be accepted around the present one"),
            "write 1",
        );
    }
    settings
}

/// What people may choose from: what an enrolment makes anyway, and what the list names beside it.
fn allowed<T: PartialEq>(
    section: &Section<'_>,
    key: &str,
    default: T,
    parse: fn(&Found<'_>) -> Option<T>,
) -> Vec<T> {
    let mut allowed = vec![default];
    for choice in section.texts(key).iter().filter_map(parse) {
        if !allowed.contains(&choice) {
            allowed.push(choice);
        }
    }
    allowed
}

fn digits(found: &Found<'_>) -> Option<u8> {
    // What is no number at all is told already.
    let number: i64 = found.text.parse().ok()?;
    let digits = u8::try_from(number).ok().filter(|digits| matches!(digits, 6 | 8));
    if digits.is_none() {
        found.error("out_of_range", "codes have 6 or 8 digits", "write 6, 8, or both");
    }
    digits
}

fn period(found: &Found<'_>) -> Option<u32> {
    let number: i64 = found.text.parse().ok()?;
    let period = u32::try_from(number).ok().filter(|period| (LEAST_PERIOD..=MOST_PERIOD).contains(period));
    if period.is_none() {
        found.error(
            "out_of_range",
            format!("a step must last at least {LEAST_PERIOD} and at most {MOST_PERIOD} seconds"),
            "write 30, which every app knows",
        );
    }
    period
}

/// Without one-time codes nobody reaches two factors.
pub(super) fn warn_without_totp(root: &Section<'_>, totp: &TotpSettings, oidc: &Oidc) {
    let two = Requirement::Level(Level::TwoFactor);
    let asks = |client: &Client| {
        let policy = &client.authorization_policy;
        policy.default == two || policy.rules.iter().any(|rule| rule.requirement == two)
    };
    if totp.disabled
        && let Some(client) = oidc.clients.iter().find(|client| asks(client))
    {
        root.section("totp").warn(
            "disable",
            "no_second_factor",
            format!(
                "one-time codes are off, so nobody reaches the two factors that client '{}' asks for",
                client.client_id
            ),
            "take totp.disable out, or give the client an authorization_policy that asks for one factor",
        );
    }
}

pub(super) fn regulation(root: &Section<'_>) -> Regulation {
    let section = root.section("regulation");
    let modes = section.texts("modes");
    let has = |mode: &str| modes.iter().any(|found| found.text == mode);
    let find_time = section.time("find_time", Span::of_seconds(120)).seconds();
    let ban_time = section.time("ban_time", Span::of_seconds(300)).seconds();
    if find_time > ban_time {
        section.error(
            "find_time",
            "out_of_range",
            "find_time must not be longer than ban_time",
            "shorten find_time, or lengthen ban_time",
        );
    }
    Regulation {
        by_user: modes.is_empty() || has("user"),
        by_ip: has("ip"),
        max_retries: section.whole("max_retries", 3),
        find_time,
        ban_time,
    }
}
