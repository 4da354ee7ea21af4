//! How often a thing is tried: a few times in `make test`, the full figure in `make long`.

/// Whether the full figures are asked for: `SIGNET_LONG` is set.
#[allow(clippy::disallowed_methods, reason = "the counts are asked for by the environment of the tests")]
pub fn is_long() -> bool {
    std::env::var_os("SIGNET_LONG").is_some()
}

/// `few` times, `full` times in the long run, or as often as `SIGNET_ROUNDS` says.
#[allow(clippy::disallowed_methods, reason = "the counts are asked for by the environment of the tests")]
pub fn rounds(few: usize, full: usize) -> usize {
    let asked = std::env::var("SIGNET_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    asked.unwrap_or(if is_long() { full } else { few })
}
