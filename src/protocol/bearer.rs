//! The credentials of an `Authorization` header.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::SecretString;

use super::parameters::decode;

/// Standard base64; padding may be missing, as some clients leave it away.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an `Authorization` header presents. `Debug` prints no secret.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Client credentials by HTTP Basic (RFC 6749 §2.3.1), both halves form-url-decoded.
    Basic {
        /// The client identifier.
        user: String,
        /// The client secret; may be empty.
        secret: SecretString,
    },
    /// An access token (RFC 6750 §2.1).
    Bearer(SecretString),
}

/// Why a header holds no credentials. Never holds a part of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Not a scheme, one space and a value (RFC 9110 §11.4).
    #[error("the Authorization header is not a scheme, one space and credentials")]
    Shape,
    /// Neither Basic nor Bearer.
    #[error("the Authorization header has another scheme than Basic or Bearer")]
    Scheme,
    /// Not base64 (RFC 7617 §2).
    #[error("the Basic credentials are not base64")]
    Base64,
    /// No colon between client_id and client_secret, or no client_id before it (RFC 7617 §2).
    #[error("the Basic credentials are not client_id, colon and client_secret")]
    Colon,
    /// A half is not form-url-encoded (RFC 6749 §2.3.1).
    #[error("client_id or client_secret in the Basic credentials is not form-url-encoded (RFC 6749 section 2.3.1); write a percent sign as %25")]
    Encoding,
    /// A half holds a control character (RFC 7617 §2).
    #[error("client_id or client_secret in the Basic credentials holds a control character")]
    Control,
    /// A character no bearer token has (RFC 6750 §2.1).
    #[error("the Bearer token holds a character that is not allowed")]
    Token,
}

impl Credentials {
    /// Reads the value of an `Authorization` header; the scheme in any case.
    ///
    /// # Errors
    /// The header is malformed, or its scheme is neither Basic nor Bearer.
    pub fn parse(header: &str) -> Result<Self, CredentialsError> {
        let (scheme, value) = header.split_once(' ').ok_or(CredentialsError::Shape)?;
        if scheme.eq_ignore_ascii_case("basic") {
            basic(value)
        } else if scheme.eq_ignore_ascii_case("bearer") {
            bearer(value)
        } else if scheme.is_empty() {
            Err(CredentialsError::Shape)
        } else {
            Err(CredentialsError::Scheme)
        }
    }
}

fn basic(value: &str) -> Result<Credentials, CredentialsError> {
    if value.is_empty() || value.contains(' ') {
        return Err(CredentialsError::Shape);
    }
    let decoded = BASE64.decode(value).map_err(|_| CredentialsError::Base64)?;
    let mut halves = decoded.splitn(2, |byte| *byte == b':');
    let (Some(user), Some(secret)) = (halves.next(), halves.next()) else {
        return Err(CredentialsError::Colon);
    };
    if user.is_empty() {
        return Err(CredentialsError::Colon);
    }
    Ok(Credentials::Basic { user: half(user)?, secret: half(secret)?.into() })
}

fn half(encoded: &[u8]) -> Result<String, CredentialsError> {
    let text = decode(encoded).map_err(|_| CredentialsError::Encoding)?;
    if text.chars().any(char::is_control) {
        return Err(CredentialsError::Control);
    }
    Ok(text)
}

/// b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" (RFC 6750 §2.1).
fn bearer(value: &str) -> Result<Credentials, CredentialsError> {
    if value.is_empty() || value.contains(' ') {
        return Err(CredentialsError::Shape);
    }
    let token = value.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    if token.is_empty() || !token.bytes().all(allowed) {
        return Err(CredentialsError::Token);
    }
    Ok(Credentials::Bearer(value.into()))
}
