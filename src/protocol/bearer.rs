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
    #[error(
        "client_id or client_secret in the Basic credentials is not form-url-encoded (RFC 6749 section 2.3.1); write a percent sign as %25"
    )]
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
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    if token.is_empty() || !token.bytes().all(allowed) {
        return Err(CredentialsError::Token);
    }
    Ok(Credentials::Bearer(value.into()))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read_basic(header: &str) -> (String, String) {
        match Credentials::parse(header).unwrap() {
            Credentials::Basic { user, secret } => (user, secret.expose_secret().to_owned()),
            Credentials::Bearer(_) => panic!("not Basic"),
        }
    }

    fn encoded(halves: &str) -> String {
        format!("Basic {}", STANDARD.encode(halves))
    }

    #[test]
    fn both_halves_are_form_url_decoded() {
        assert_eq!(read_basic(&encoded("demo-web:secret")), ("demo-web".to_owned(), "secret".to_owned()));
        assert_eq!(read_basic(&encoded("a%3Ab:p%25+%2B:q")), ("a:b".to_owned(), "p% +:q".to_owned()));
        assert_eq!(read_basic(&encoded("public:")), ("public".to_owned(), String::new()));
        assert_eq!(read_basic("bAsIc YTpi"), ("a".to_owned(), "b".to_owned()));
        assert_eq!(read_basic("Basic YTpiYw"), ("a".to_owned(), "bc".to_owned()), "padding may be missing");
    }

    #[test]
    fn malformed_basic_credentials_are_refused() {
        for (header, expected) in [
            ("Basic".to_owned(), CredentialsError::Shape),
            ("Basic ".to_owned(), CredentialsError::Shape),
            ("Basic  YTpi".to_owned(), CredentialsError::Shape),
            ("Basic YTpi ".to_owned(), CredentialsError::Shape),
            (" Basic YTpi".to_owned(), CredentialsError::Shape),
            (String::new(), CredentialsError::Shape),
            ("Basic YTp*".to_owned(), CredentialsError::Base64),
            ("Basic YTpi\t".to_owned(), CredentialsError::Base64),
            (encoded("no-colon"), CredentialsError::Colon),
            (encoded(":secret"), CredentialsError::Colon),
            (encoded("a:100%"), CredentialsError::Encoding),
            (encoded("a:%ff"), CredentialsError::Encoding),
            (encoded("a:%00"), CredentialsError::Encoding),
            (encoded("a:%0A"), CredentialsError::Control),
            (encoded("a\r:b"), CredentialsError::Control),
        ] {
            assert_eq!(Credentials::parse(&header).unwrap_err(), expected, "{header}");
        }
    }

    #[test]
    fn a_bearer_token_has_the_letters_of_the_standard() {
        for token in ["signet_at_abc-._~+/", "a", "e30.e30.c2ln", "YWI=", "YQ=="] {
            match Credentials::parse(&format!("bEARER {token}")).unwrap() {
                Credentials::Bearer(read) => assert_eq!(read.expose_secret(), token),
                Credentials::Basic { .. } => panic!("not Bearer"),
            }
        }
        for (header, expected) in [
            ("Bearer", CredentialsError::Shape),
            ("Bearer  a", CredentialsError::Shape),
            ("Bearer a b", CredentialsError::Shape),
            ("Bearer a,b", CredentialsError::Token),
            ("Bearer a=b", CredentialsError::Token),
            ("Bearer ==", CredentialsError::Token),
            ("Bearer \"a\"", CredentialsError::Token),
            ("Bearer é", CredentialsError::Token),
            ("Bearer\ta", CredentialsError::Shape),
        ] {
            assert_eq!(Credentials::parse(header).unwrap_err(), expected, "{header}");
        }
    }

    #[test]
    fn another_scheme_is_named_as_such() {
        for header in ["DPoP abc", "Negotiate abc", "Basic, x"] {
            assert_eq!(Credentials::parse(header).unwrap_err(), CredentialsError::Scheme, "{header}");
        }
    }

    #[test]
    fn debug_tells_no_secret() {
        let basic = Credentials::parse(&encoded("demo:hunter2")).unwrap();
        let bearer = Credentials::parse("Bearer hunter2").unwrap();
        assert!(!format!("{basic:?} {bearer:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(header in any::<String>()) {
            let _ = Credentials::parse(&header);
        }

        #[test]
        fn encoded_credentials_are_read_back(user in "[ -~]{1,40}", secret in "[ -~]{0,40}") {
            let form = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let header = encoded(&format!("{}:{}", form(&user), form(&secret)));
            prop_assert_eq!(read_basic(&header), (user, secret));
        }
    }
}
