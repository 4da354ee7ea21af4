//! The characters of which random texts are made.

use clap::ValueEnum;

/// A named set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Charset {
    /// Letters, digits and the signs of ASCII
    Ascii,
    /// Letters and digits
    Alphanumeric,
    /// Letters
    Alphabetic,
    /// Digits
    Numeric,
    /// Digits and A to F
    NumericHex,
    /// What a URL holds without escaping (RFC 3986 §2.3)
    Rfc3986,
}

impl Charset {
    pub(super) const fn characters(self) -> &'static str {
        match self {
            Self::Ascii => concat!(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
            ),
            Self::Alphanumeric => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            Self::Alphabetic => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            Self::Numeric => "0123456789",
            Self::NumericHex => "0123456789ABCDEF",
            Self::Rfc3986 => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
        }
    }
}
