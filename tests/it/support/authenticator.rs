//! An authenticator app, by the machine's clock: for tests of the program as it runs.

/// The code of this moment for a base32 seed, with the options of the demo: SHA-1, six digits, 30 seconds.
pub fn one_time_code(seed: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(seed).expect("a base32 seed");
    totp_rs::Builder::new().with_secret(secret).build_noncompliant().generate_current().to_string()
}
