//! Comparison of secrets in constant time.

use subtle::ConstantTimeEq;

use super::mac::sha256;

/// Whether two secrets are the same. Both are hashed first, so neither their content nor their length shows
/// in the time that is taken.
#[must_use]
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    sha256(a).ct_eq(&sha256(b)).into()
}

#[cfg(test)]
mod tests {
    use super::equal;

    #[test]
    fn equal_secrets_are_equal_and_others_are_not() {
        assert!(equal(b"", b""));
        assert!(equal(b"one secret", b"one secret"));
        assert!(!equal(b"one secret", b"one secreT"));
        assert!(!equal(b"one secret", b"one secret\0"));
        assert!(!equal(b"", b"\0"));
    }
}
