//! An authenticator app, by the machine's clock: for tests of the program as it runs.

use signet::clock::Clock;

/// How many seconds a code is shown.
const STEP: i64 = 30;

/// The code of this moment for a base32 seed, with the options of the demo: SHA-1, six digits, 30 seconds.
pub fn one_time_code(seed: &str) -> String {
    code_at(seed, Clock::system().now())
}

/// The code that comes after it: of a device whose clock is a little ahead.
pub fn next_code(seed: &str) -> String {
    code_at(seed, Clock::system().now() + STEP)
}

fn code_at(seed: &str, seconds: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(seed).expect("a base32 seed");
    let seconds = u64::try_from(seconds).expect("it is later");
    totp_rs::Builder::new().with_secret(secret).build_noncompliant().generate(seconds).to_string()
}
