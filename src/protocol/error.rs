//! The errors of OAuth 2.0 and OpenID Connect.

use std::fmt;

use super::characters::nqschar;
use super::parameters::ParametersError;
use super::scope::ScopeError;
use super::wire_enum::wire_enum;

wire_enum! {
    /// An error code as it goes out in `error`.
    pub enum ErrorCode {
        /// A parameter is missing, wrong or repeated (RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1).
        InvalidRequest => "invalid_request",
        /// The client may not use this grant or response type (RFC 6749 §4.1.2.1, §5.2).
        UnauthorizedClient => "unauthorized_client",
        /// The person or the policy said no (RFC 6749 §4.1.2.1, RFC 8628 §3.5).
        AccessDenied => "access_denied",
        /// The response type is not served, or not registered for the client (RFC 6749 §4.1.2.1).
        UnsupportedResponseType => "unsupported_response_type",
        /// The response mode is not served, or not registered for the client. No registry has this code:
        /// OAuth 2.0 Multiple Response Type Encoding Practices §2.1 defines the parameter and names no error,
        /// RFC 6749 §4.1.2.1 would say `invalid_request`. It stands where `invalid_request` could, since
        /// deployed providers say it and it tells the person at the other end more.
        UnsupportedResponseMode => "unsupported_response_mode",
        /// The scope is unknown, malformed, or more than may be granted (RFC 6749 §4.1.2.1, §5.2).
        InvalidScope => "invalid_scope",
        /// A fault of this server (RFC 6749 §4.1.2.1).
        ServerError => "server_error",
        /// This server cannot answer now (RFC 6749 §4.1.2.1).
        TemporarilyUnavailable => "temporarily_unavailable",
        /// Client authentication failed (RFC 6749 §5.2).
        InvalidClient => "invalid_client",
        /// The code or refresh token is wrong, expired, spent, revoked or another client's (RFC 6749 §5.2).
        InvalidGrant => "invalid_grant",
        /// The grant type is not served (RFC 6749 §5.2).
        UnsupportedGrantType => "unsupported_grant_type",
        /// The token type cannot be revoked here (RFC 7009 §2.2.1).
        UnsupportedTokenType => "unsupported_token_type",
        /// The resource or audience is unknown or not granted to the client (RFC 8707 §2).
        InvalidTarget => "invalid_target",
        /// The access token is malformed, expired or revoked (RFC 6750 §3.1).
        InvalidToken => "invalid_token",
        /// The access token lacks a scope (RFC 6750 §3.1).
        InsufficientScope => "insufficient_scope",
        /// The person must sign in, and `prompt=none` forbids it (OpenID Connect Core 1.0 §3.1.2.6).
        LoginRequired => "login_required",
        /// The person must consent, and `prompt=none` forbids it (OpenID Connect Core 1.0 §3.1.2.6).
        ConsentRequired => "consent_required",
        /// Some page must be shown, and `prompt=none` forbids it (OpenID Connect Core 1.0 §3.1.2.6).
        InteractionRequired => "interaction_required",
        /// The person must choose an account, and `prompt=none` forbids it (OpenID Connect Core 1.0 §3.1.2.6).
        AccountSelectionRequired => "account_selection_required",
        /// The `request_uri` is not registered, or what it gives does not come or is another (OpenID Connect Core 1.0
        /// §3.1.2.6; RFC 9101 §7).
        InvalidRequestUri => "invalid_request_uri",
        /// The request object is not the client's, is not for this provider, has ended or cannot be read (OpenID Connect
        /// Core 1.0 §3.1.2.6; RFC 9101 §7).
        InvalidRequestObject => "invalid_request_object",
        /// `registration` is not served (OpenID Connect Core 1.0 §3.1.2.6).
        RegistrationNotSupported => "registration_not_supported",
        /// The person has not answered the device's request yet (RFC 8628 §3.5).
        AuthorizationPending => "authorization_pending",
        /// The same, and the device asks too often (RFC 8628 §3.5).
        SlowDown => "slow_down",
        /// The device code ended before anybody answered (RFC 8628 §3.5).
        ExpiredToken => "expired_token",
        /// The requested `acr` cannot be reached (OpenID Connect Core Error Code
        /// unmet_authentication_requirements 1.0 §2).
        UnmetAuthenticationRequirements => "unmet_authentication_requirements",
    }
}

impl ErrorCode {
    /// The HTTP status at an endpoint that answers directly, without a redirect (RFC 6749 §5.2, RFC 6750 §3.1).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::InsufficientScope => 403,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            Self::InvalidRequest
            | Self::UnauthorizedClient
            | Self::AccessDenied
            | Self::UnsupportedResponseType
            | Self::UnsupportedResponseMode
            | Self::InvalidScope
            | Self::InvalidGrant
            | Self::UnsupportedGrantType
            | Self::UnsupportedTokenType
            | Self::InvalidTarget
            | Self::LoginRequired
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::AccountSelectionRequired
            | Self::InvalidRequestUri
            | Self::InvalidRequestObject
            | Self::RegistrationNotSupported
            | Self::AuthorizationPending
            | Self::SlowDown
            | Self::ExpiredToken
            | Self::UnmetAuthenticationRequirements => 400,
        }
    }
}

/// An error on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// The code, sent as `error`.
    pub code: ErrorCode,
    /// What happened and how to mend it, sent as `error_description`.
    /// [`OAuthError::new`] holds it to the characters RFC 6749 §4.1.2.1 allows; never a secret.
    pub description: String,
    /// More for the log, never for the answer unless `enable_client_debug_messages` is set; never a secret.
    pub detail: Option<String>,
}

impl OAuthError {
    /// An error with a description. A double quote becomes a single one, any other character outside
    /// %x20-21 / %x23-5B / %x5D-7E becomes `?` (RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        let mut description = description.into();
        if !description.chars().all(nqschar) {
            description = description
                .chars()
                .map(|character| match character {
                    allowed if nqschar(allowed) => allowed,
                    '"' => '\'',
                    '\t' | '\r' | '\n' => ' ',
                    _ => '?',
                })
                .collect();
        }
        Self { code, description, detail: None }
    }

    /// Adds what the log should say beside the description.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The HTTP status of [`ErrorCode::status`].
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.code.status()
    }
}

macro_rules! shorthands {
    ($( $function:ident => $code:ident, )+) => {
        impl OAuthError {
            $(
                #[doc = concat!("[`ErrorCode::", stringify!($code), "`] with a description.")]
                #[must_use]
                pub fn $function(description: impl Into<String>) -> Self {
                    Self::new(ErrorCode::$code, description)
                }
            )+
        }
    };
}

shorthands! {
    invalid_request => InvalidRequest,
    unauthorized_client => UnauthorizedClient,
    access_denied => AccessDenied,
    unsupported_response_type => UnsupportedResponseType,
    unsupported_response_mode => UnsupportedResponseMode,
    invalid_scope => InvalidScope,
    server_error => ServerError,
    temporarily_unavailable => TemporarilyUnavailable,
    invalid_client => InvalidClient,
    invalid_grant => InvalidGrant,
    unsupported_grant_type => UnsupportedGrantType,
    unsupported_token_type => UnsupportedTokenType,
    invalid_target => InvalidTarget,
    invalid_token => InvalidToken,
    insufficient_scope => InsufficientScope,
    login_required => LoginRequired,
    consent_required => ConsentRequired,
    interaction_required => InteractionRequired,
    account_selection_required => AccountSelectionRequired,
    invalid_request_uri => InvalidRequestUri,
    invalid_request_object => InvalidRequestObject,
    registration_not_supported => RegistrationNotSupported,
    authorization_pending => AuthorizationPending,
    slow_down => SlowDown,
    expired_token => ExpiredToken,
    unmet_authentication_requirements => UnmetAuthenticationRequirements,
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.description)
    }
}

impl std::error::Error for OAuthError {}

impl From<ParametersError> for OAuthError {
    fn from(error: ParametersError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<ScopeError> for OAuthError {
    fn from(error: ScopeError) -> Self {
        Self::invalid_scope(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_a_failed_client_or_token_is_401() {
        for code in ErrorCode::ALL {
            let expected = match code.as_str() {
                "invalid_client" | "invalid_token" => 401,
                "insufficient_scope" => 403,
                "server_error" => 500,
                "temporarily_unavailable" => 503,
                _ => 400,
            };
            assert_eq!(code.status(), expected, "{code}");
        }
    }

    #[test]
    fn a_shorthand_carries_the_code_of_its_name() {
        assert_eq!(OAuthError::invalid_grant("x").code, ErrorCode::InvalidGrant);
        assert_eq!(OAuthError::invalid_request_object("x").code, ErrorCode::InvalidRequestObject);
    }

    #[test]
    fn the_detail_is_not_in_the_text() {
        let error = OAuthError::invalid_scope("scope is unknown").with_detail("client demo lacks x");
        assert_eq!(error.to_string(), "invalid_scope: scope is unknown");
        assert_eq!(error.detail.as_deref(), Some("client demo lacks x"));
    }

    #[test]
    fn descriptions_of_other_errors_need_no_mending() {
        let parameters = [
            ParametersError::TooLong,
            ParametersError::TooMany,
            ParametersError::PercentEncoding,
            ParametersError::NotUtf8,
            ParametersError::Nul,
        ];
        for error in parameters {
            assert_eq!(OAuthError::from(error).description, error.to_string());
        }
        for error in [ScopeError::Character, ScopeError::TooMany] {
            assert_eq!(OAuthError::from(error).description, error.to_string());
        }
    }

    #[test]
    fn a_description_keeps_to_its_alphabet() {
        let error = OAuthError::invalid_request("say \"a\\b\"\r\nSet-Cookie: é");
        assert_eq!(error.description, "say 'a?b'  Set-Cookie: ?");
    }

    proptest! {
        #[test]
        fn every_description_is_allowed_on_the_wire(text in any::<String>()) {
            let error = OAuthError::new(ErrorCode::ServerError, text.clone());
            prop_assert!(error.description.chars().all(nqschar));
            prop_assert_eq!(error.description.chars().count(), text.chars().count());
        }
    }
}
