//! The alphabets of the standards' grammars.

/// VSCHAR, %x20-7E: the alphabet of `state`, client identifiers and secrets (RFC 6749 Appendix A).
/// Signet holds `nonce` to it too.
#[must_use]
pub fn vschar(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20..=0x7E))
}

/// NQCHAR, %x21 / %x23-5B / %x5D-7E: the alphabet of a scope token (RFC 6749 Appendix A).
pub(super) const fn nqchar(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

/// NQSCHAR, %x20-21 / %x23-5B / %x5D-7E: the alphabet of `error_description` (RFC 6749 Appendix A).
pub(super) const fn nqschar(character: char) -> bool {
    matches!(character, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}

/// ALPHA / DIGIT / "-" / "." / "_" / "~": the alphabet of PKCE (RFC 7636 §4.1, RFC 3986 §2.3).
pub(super) const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vschar_takes_printable_ascii_only() {
        assert!(vschar(""));
        assert!(vschar("abc -._~\"\\"));
        for wrong in ["\u{1f}", "\u{7f}", "a\nb", "a\0", "é", "\t"] {
            assert!(!vschar(wrong), "{wrong:?}");
        }
    }
}
