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
