//! `response_type`: what the authorization endpoint answers with.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::grant_type::GrantType;

/// A set of response types that is served (OAuth 2.0 Multiple Response Type Encoding Practices §3, §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResponseType {
    /// The authorization code flow (RFC 6749 §4.1).
    #[serde(rename = "code")]
    Code,
    /// The implicit flow with an ID token alone (OpenID Connect Core 1.0 §3.2).
    #[serde(rename = "id_token")]
    IdToken,
    /// The implicit flow with an access token alone (RFC 6749 §4.2).
    #[serde(rename = "token")]
    Token,
    /// The implicit flow with both tokens (OpenID Connect Core 1.0 §3.2).
    #[serde(rename = "id_token token")]
    IdTokenToken,
    /// The hybrid flow: a code and an ID token (OpenID Connect Core 1.0 §3.3).
    #[serde(rename = "code id_token")]
    CodeIdToken,
    /// The hybrid flow: a code and an access token (OpenID Connect Core 1.0 §3.3).
    #[serde(rename = "code token")]
    CodeToken,
    /// The hybrid flow: a code and both tokens (OpenID Connect Core 1.0 §3.3).
    #[serde(rename = "code id_token token")]
    CodeIdTokenToken,
}

impl ResponseType {
    /// Every value, in the order documents list them.
    pub const ALL: &'static [Self] = &[
        Self::Code,
        Self::IdToken,
        Self::Token,
        Self::IdTokenToken,
        Self::CodeIdToken,
        Self::CodeToken,
        Self::CodeIdTokenToken,
    ];

    /// The string on the wire, its members in their usual order.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::Token => "token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
        }
    }

    /// Reads the parameter as a set of names separated by spaces, whose order means nothing (RFC 6749 §3.1.1);
    /// `None` when the set is not served, is empty, or names one type twice.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let asked = members(text);
        Self::ALL.iter().copied().find(|served| members(served.as_str()) == asked)
    }

    /// Whether the answer carries an authorization code.
    #[must_use]
    pub const fn has_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether the answer carries an access token.
    #[must_use]
    pub const fn has_token(self) -> bool {
        matches!(self, Self::Token | Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether the answer carries an ID token.
    #[must_use]
    pub const fn has_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken)
    }

    /// Whether a token travels through the browser: then its answer, and every error in its place, belongs in the
    /// fragment or a form, never in the query (OAuth 2.0 Multiple Response Type Encoding Practices §3, §5).
    #[must_use]
    pub const fn has_front_channel_token(self) -> bool {
        self.has_token() || self.has_id_token()
    }

    /// The grant types that a client registers to be answered so (OpenID Connect Dynamic Client Registration 1.0 §2).
    #[must_use]
    pub const fn grant_types(self) -> &'static [GrantType] {
        match (self.has_code(), self.has_front_channel_token()) {
            (true, true) => &[GrantType::AuthorizationCode, GrantType::Implicit],
            (true, false) => &[GrantType::AuthorizationCode],
            (false, _) => &[GrantType::Implicit],
        }
    }

    /// The grant types without which a request for it is refused: as [`Self::grant_types`], but that a code beside an
    /// ID token is asked for by apps that are registered for `authorization_code` alone.
    #[must_use]
    pub const fn needed_grant_types(self) -> &'static [GrantType] {
        match self {
            Self::CodeIdToken => &[GrantType::AuthorizationCode],
            _ => self.grant_types(),
        }
    }

    /// Whether a raw `response_type`, served or not, names `token` or `id_token`: then an error belongs in the
    /// fragment, never in the query (OAuth 2.0 Multiple Response Type Encoding Practices §5).
    #[must_use]
    pub fn asks_for_token(raw: &str) -> bool {
        raw.split_ascii_whitespace().any(|name| matches!(name, "token" | "id_token"))
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn members(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = text.split(' ').filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_in_any_order_and_only_a_served_one_is() {
        for served in ResponseType::ALL {
            assert_eq!(ResponseType::parse(served.as_str()), Some(*served));
            let turned: Vec<&str> = served.as_str().split(' ').rev().collect();
            assert_eq!(ResponseType::parse(&turned.join("  ")), Some(*served), "{turned:?}");
            assert_eq!(serde_json::to_string(served).unwrap(), format!("\"{served}\""));
        }
        assert_eq!(ResponseType::parse(" token code  id_token "), Some(ResponseType::CodeIdTokenToken));
        for other in [
            "",
            " ",
            "Code",
            "code code",
            "none",
            "code none",
            "code\ttoken",
            "token token",
            "id_token code id_token",
            "code id_token token device",
        ] {
            assert_eq!(ResponseType::parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_a_set_holds_is_what_its_name_says() {
        for served in ResponseType::ALL {
            let names = members(served.as_str());
            assert_eq!(served.has_code(), names.contains(&"code"), "{served}");
            assert_eq!(served.has_token(), names.contains(&"token"), "{served}");
            assert_eq!(served.has_id_token(), names.contains(&"id_token"), "{served}");
            assert_eq!(
                served.has_front_channel_token(),
                ResponseType::asks_for_token(served.as_str()),
                "{served}"
            );
            assert_eq!(served.grant_types().contains(&GrantType::AuthorizationCode), served.has_code());
            assert_eq!(served.grant_types().contains(&GrantType::Implicit), served.has_front_channel_token());
        }
    }

    #[test]
    fn a_type_with_a_token_wants_the_fragment() {
        for raw in ["token", "id_token", "code id_token", "id_token token", "code\ttoken", "x token"] {
            assert!(ResponseType::asks_for_token(raw), "{raw:?}");
        }
        for raw in ["", "code", "none", "tokens", "xid_token", "code device"] {
            assert!(!ResponseType::asks_for_token(raw), "{raw:?}");
        }
    }
}
