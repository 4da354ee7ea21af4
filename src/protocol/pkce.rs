//! Proof Key for Code Exchange (RFC 7636).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::characters::unreserved;
use super::error::OAuthError;
use super::wire_enum::wire_enum;

/// The characters of a base64url SHA-256 without padding.
const S256_LENGTH: usize = 43;

wire_enum! {
    /// `code_challenge_method` (RFC 7636 §4.2).
    pub enum CodeChallengeMethod {
        /// The challenge is the base64url SHA-256 of the verifier.
        S256 => "S256",
        /// The challenge is the verifier itself.
        Plain => "plain",
    }
}

/// A `code_challenge` and its method. `Debug` prints the method only: a plain challenge is the verifier.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChallenge {
    challenge: String,
    method: CodeChallengeMethod,
}

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`; a missing method means `plain` (RFC 7636 §4.3).
    ///
    /// # Errors
    /// `invalid_request` for an unknown method (RFC 7636 §4.4.1) and for a challenge of the wrong length or alphabet
    /// (RFC 7636 §4.2).
    pub fn new(challenge: &str, method: Option<&str>) -> Result<Self, OAuthError> {
        let method = match method {
            None => CodeChallengeMethod::Plain,
            Some(name) => CodeChallengeMethod::parse(name).ok_or_else(|| {
                OAuthError::invalid_request(
                    "code_challenge_method is unknown; the methods are S256 and plain",
                )
            })?,
        };
        match method {
            CodeChallengeMethod::Plain if !is_verifier(challenge) => Err(OAuthError::invalid_request(
                "code_challenge must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~",
            )),
            CodeChallengeMethod::S256 if !is_s256(challenge) => Err(OAuthError::invalid_request(
                "code_challenge must be the base64url SHA-256 of the code_verifier without padding, 43 characters, with the method S256",
            )),
            CodeChallengeMethod::Plain | CodeChallengeMethod::S256 => {
                Ok(Self { challenge: challenge.to_owned(), method })
            }
        }
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> CodeChallengeMethod {
        self.method
    }

    /// Whether `verifier` is well-formed and the one this challenge was made from, in constant time (RFC 7636 §4.6).
    #[must_use]
    pub fn verify(&self, verifier: &str) -> bool {
        if !is_verifier(verifier) {
            return false;
        }
        let made = match self.method {
            CodeChallengeMethod::Plain => verifier.to_owned(),
            CodeChallengeMethod::S256 => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        };
        made.as_bytes().ct_eq(self.challenge.as_bytes()).into()
    }
}

impl fmt::Debug for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeChallenge").field("method", &self.method).finish_non_exhaustive()
    }
}

fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

fn is_s256(text: &str) -> bool {
    text.len() == S256_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::ErrorCode;

    /// RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_standard_verifies() {
        let challenge = CodeChallenge::new(CHALLENGE, Some("S256")).unwrap();
        assert_eq!(challenge.method(), CodeChallengeMethod::S256);
        assert!(challenge.verify(VERIFIER));
        assert!(!challenge.verify(CHALLENGE));
        assert!(!challenge.verify(""));
        let json = serde_json::to_string(&challenge).unwrap();
        assert_eq!(serde_json::from_str::<CodeChallenge>(&json).unwrap(), challenge);
    }

    #[test]
    fn a_missing_method_is_plain() {
        let challenge = CodeChallenge::new(VERIFIER, None).unwrap();
        assert_eq!(challenge.method(), CodeChallengeMethod::Plain);
        assert!(challenge.verify(VERIFIER));
        assert!(!challenge.verify(CHALLENGE));
        assert!(!format!("{challenge:?}").contains(VERIFIER));
    }

    #[test]
    fn an_s256_challenge_is_43_characters_of_base64url() {
        let wrong = [
            "",
            "a",
            &"a".repeat(42),
            &"a".repeat(44),
            &format!("{}=", "a".repeat(42)),
            &format!("{}~", "a".repeat(42)),
            &"a".repeat(128),
        ];
        for challenge in wrong {
            assert_eq!(
                CodeChallenge::new(challenge, Some("S256")).unwrap_err().code,
                ErrorCode::InvalidRequest,
                "{challenge}"
            );
        }
    }

    #[test]
    fn lengths_and_letters_are_those_of_the_standard() {
        for (length, right) in [(42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(CodeChallenge::new(&"a".repeat(length), Some("plain")).is_ok(), right, "{length}");
        }
        for wrong in ["+", "/", "=", " ", "é", "%", "\0"] {
            let text = format!("{}{wrong}", "a".repeat(60));
            assert!(CodeChallenge::new(&text, None).is_err(), "{wrong:?}");
        }
        let short = "a".repeat(42);
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(short.as_bytes()));
        assert!(
            !CodeChallenge::new(&hash, Some("S256")).unwrap().verify(&short),
            "a verifier that is too short"
        );
    }

    #[test]
    fn another_method_is_refused() {
        for method in ["s256", "PLAIN", "S512", "none", ""] {
            assert_eq!(
                CodeChallenge::new(VERIFIER, Some(method)).unwrap_err().code,
                ErrorCode::InvalidRequest,
                "{method}"
            );
        }
    }

    proptest! {
        #[test]
        fn only_the_verifier_verifies(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            let challenge = CodeChallenge::new(&hash, Some("S256")).unwrap();
            prop_assert!(challenge.verify(&verifier));
            prop_assert_eq!(challenge.verify(&other), verifier == other);
        }
    }
}
