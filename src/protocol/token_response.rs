//! The answer of the token endpoint.

use std::fmt;

use serde::Serialize;

use super::scope::Scope;
use super::wire_enum::wire_enum;

wire_enum! {
    /// `token_type`: how an access token is presented (RFC 6749 §7.1).
    pub enum TokenType {
        /// RFC 6750.
        Bearer => "Bearer",
    }
}

/// A successful token response (RFC 6749 §5.1, OpenID Connect Core 1.0 §3.1.3.3). `Debug` prints no token.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// How it is presented.
    pub token_type: TokenType,
    /// The life of the access token in seconds.
    pub expires_in: i64,
    /// The refresh token, when one was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token, when `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// What was granted; required when it differs from what was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_id_token", &self.id_token.is_some())
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_members_are_left_out_and_debug_tells_no_token() {
        let mut response = TokenResponse {
            access_token: "signet_at_secret".to_owned(),
            token_type: TokenType::Bearer,
            expires_in: 3600,
            refresh_token: None,
            id_token: None,
            scope: None,
        };
        let json = serde_json::to_string(&response).unwrap();
        assert_eq!(json, r#"{"access_token":"signet_at_secret","token_type":"Bearer","expires_in":3600}"#);

        response.refresh_token = Some("signet_rt_secret".to_owned());
        response.id_token = Some("e30.secret".to_owned());
        response.scope = Some(["openid", "email"].into_iter().collect());
        let json = serde_json::to_string(&response).unwrap();
        assert!(json.contains(r#""scope":"openid email""#) && json.contains("signet_rt_secret"));
        assert!(!format!("{response:?}").contains("secret"));
    }
}
