//! `server.endpoints.rate_limits`.

use super::duration::{self, Span};
use super::section::Section;
use crate::clock::Seconds;
use crate::settings::{Bucket, RateLimited, RateLimits};

/// A period must be longer, in seconds.
const SHORTEST: Seconds = 10;

/// Limits of what Signet does not have yet; what is wrong with them is told all the same.
const ELSEWHERE: [&str; 5] = [
    "reset_password_start",
    "reset_password_finish",
    "second_factor_duo",
    "session_elevation_start",
    "session_elevation_finish",
];

pub(super) fn rate_limits(server: &Section<'_>) -> RateLimits {
    let section = server.section("endpoints").section("rate_limits");
    for name in ELSEWHERE {
        buckets(&section.section(name));
    }
    RateLimits::new(RateLimited::ALL.map(|endpoint| {
        let limit = section.section(endpoint.name());
        let configured = buckets(&limit);
        let buckets = if !limit.flag_or("enable", true) {
            Vec::new()
        } else if limit.lacks_items("buckets") {
            defaults(endpoint)
        } else {
            configured
        };
        (endpoint, buckets)
    }))
}

fn defaults(endpoint: RateLimited) -> Vec<Bucket> {
    let bucket = |requests, minutes: Seconds| Bucket { period: minutes * 60, requests };
    let mut buckets = vec![bucket(30, 1), bucket(40, 2), bucket(50, 10)];
    if endpoint != RateLimited::SecondFactorTotp {
        buckets.push(bucket(100, 60));
    }
    buckets
}

/// The buckets that are sound; the others are told.
fn buckets(limit: &Section<'_>) -> Vec<Bucket> {
    let each = limit.list("buckets");
    each.iter().filter_map(bucket).collect()
}

fn bucket(bucket: &Section<'_>) -> Option<Bucket> {
    let period = bucket.required("period", "write the span in which failures are counted, for example 1m");
    let requests = bucket.required("requests", "write how many failures the period bears, for example 30");
    let period = period.and_then(|found| {
        let span = duration::parse(found.text).ok()?;
        if span > Span::of_seconds(SHORTEST) {
            return Some(span.seconds());
        }
        found.error(
            "out_of_range",
            format!("the period must be longer than {SHORTEST} seconds"),
            "write for example 1m",
        );
        None
    });
    let requests = requests.and_then(|found| {
        let number: i64 = found.text.parse().ok()?;
        match u32::try_from(number) {
            Ok(number) if number > 1 => Some(number),
            Ok(_) => {
                let mend = "write a larger number; `enable: false` beside the buckets turns the limit off";
                found.error("out_of_range", "the number of requests must be more than 1", mend);
                None
            }
            // A negative number is told where numbers are read; nobody counts this far.
            Err(_) => (number > 0).then_some(u32::MAX),
        }
    });
    Some(Bucket { period: period?, requests: requests? })
}
