//! `response_type`: what the authorization endpoint answers with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A set of response types that is served. A flow with more than one member, as `code id_token`, is one more variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResponseType {
    /// The authorization code flow (RFC 6749 §4.1).
    #[serde(rename = "code")]
    Code,
}

impl ResponseType {
    /// Every value, in the order documents list them.
    pub const ALL: &'static [Self] = &[Self::Code];

    /// The string on the wire, its members in their usual order.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
        }
    }

    /// Reads the parameter as a set of names separated by spaces, whose order means nothing (RFC 6749 §3.1.1);
    /// `None` when the set is not served, is empty, or names one type twice.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let asked = members(text);
        Self::ALL.iter().copied().find(|served| members(served.as_str()) == asked)
    }

    /// Whether a raw `response_type`, served or not, names `token` or `id_token`: then an error belongs into the
    /// fragment, never into the query (OAuth 2.0 Multiple Response Type Encoding Practices §5).
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
    fn only_code_is_served() {
        assert_eq!(ResponseType::parse("code"), Some(ResponseType::Code));
        assert_eq!(ResponseType::parse(" code "), Some(ResponseType::Code));
        for other in ["", " ", "Code", "token", "code id_token", "code code", "none", "code\ttoken"] {
            assert_eq!(ResponseType::parse(other), None, "{other:?}");
        }
        assert_eq!(serde_json::to_string(ResponseType::ALL).unwrap(), r#"["code"]"#);
    }

    #[test]
    fn the_members_of_a_set_have_no_order() {
        assert_eq!(members("id_token code"), members("code  id_token"));
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
