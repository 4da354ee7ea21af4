//! What a fuzzer feeds to the readers of configurations: each function takes any bytes and asserts what must hold of
//! them.

use super::{address, duration, filters, load_text, network};
use crate::yaml;

/// Keys whose values must never be told.
const SECRETS: &[&str] = &["hmac_secret:", "encryption_key:", "client_secret:", "password:"];

/// A configuration: taken, or refused with a place for each problem and none of its secrets.
pub fn f9_configuration(data: &[u8]) {
    let _ = yaml::examine("fuzz.yml", data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let loaded = load_text("fuzz.yml", text);
    assert_eq!(loaded.settings.is_none(), loaded.problems.has_errors());
    let told = loaded.problems.to_string();
    for line in text.lines() {
        for secret in SECRETS {
            let Some((_, value)) = line.split_once(secret) else { continue };
            let value = value.trim().trim_matches(['\'', '"']);
            let random = value.len() >= 12 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            // What stands elsewhere too may be the name of a key there, which is shown.
            let secret = random && text.matches(value).count() == 1;
            assert!(!secret || !told.contains(value), "a problem shows {value}");
        }
    }
    for problem in loaded.problems.iter() {
        assert!(!problem.message.is_empty() && !problem.mend.is_empty(), "{problem}");
    }
}

/// A text that filters fill in: taken, or refused with a place for each problem; each place is one of the text.
pub fn f12_filters(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    filters::fuzz(text);
}

/// A duration, an address, a network: printed and read again they are the same.
pub fn f10_duration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(span) = duration::parse(text) {
        let seconds = span.seconds();
        assert_eq!(duration::parse(&seconds.to_string()).map(duration::Span::seconds), Ok(seconds));
        let nanoseconds = span.duration().as_nanos();
        if u64::try_from(nanoseconds).is_ok_and(|it| it < u64::MAX) {
            let again = duration::parse(&format!("{nanoseconds} ns"));
            assert_eq!(again.map(|span| span.duration().as_nanos()), Ok(nanoseconds));
        }
    }
    let _ = address::parse(text);
    if let Some(network) = network::parse(text) {
        assert_eq!(network::parse(&network.to_string()), Some(network));
    }
}

#[cfg(test)]
#[path = "../../fuzz/corpus.rs"]
#[allow(clippy::duplicate_mod, reason = "a room must not use another's tests")]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f9_no_configuration_breaks_its_reader_or_tells_a_secret() {
        corpus::run("f9_configuration", f9_configuration);
        let example = include_bytes!("../../configuration.yml.example").to_vec();
        corpus::run_from("f9_configuration", &[example], f9_configuration);
    }

    #[test]
    fn f12_no_text_breaks_a_filter() {
        corpus::run("f12_filters", f12_filters);
    }

    #[test]
    fn f10_no_duration_address_or_network_is_misread() {
        corpus::run("f10_duration", f10_duration);
    }
}
