//! An authenticator app, by the machine's clock: for tests of the program as it runs.

use std::time::{Duration, SystemTime};

/// How long a code is shown.
const STEP: Duration = Duration::from_secs(30);

/// The code of this moment for a base32 seed, with the options of the demo: SHA-1, six digits, 30 seconds.
pub fn one_time_code(seed: &str) -> String {
    code_at(seed, SystemTime::now())
}

/// The code that comes after it: of a device whose clock is a little ahead.
pub fn next_code(seed: &str) -> String {
    code_at(seed, SystemTime::now() + STEP)
}

fn code_at(seed: &str, time: SystemTime) -> String {
    let secret = totp_rs::Secret::try_from_base32(seed).expect("a base32 seed");
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).expect("it is later").as_secs();
    totp_rs::Builder::new().with_secret(secret).build_noncompliant().generate(seconds).to_string()
}
