//! `scope`: what is asked for and what is granted.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::characters::nqchar;

/// The most tokens one scope may have.
pub const MAX_TOKENS: usize = 64;

/// An ordered set of scope tokens (RFC 6749 §3.3). Equal when the tokens are, whatever their order.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope {
    tokens: Vec<String>,
}

/// Why a text is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A character outside %x21 / %x23-5B / %x5D-7E (RFC 6749 §3.3).
    #[error(
        "scope holds a character that is not allowed; write tokens of printable ASCII without quote and backslash, separated by one space"
    )]
    Character,
    /// More than [`MAX_TOKENS`].
    #[error("scope has more than 64 tokens")]
    TooMany,
}

impl Scope {
    /// Makes it an OpenID Connect request (OpenID Connect Core 1.0 §3.1.2.1).
    pub const OPENID: &'static str = "openid";
    /// The profile claims (OpenID Connect Core 1.0 §5.4).
    pub const PROFILE: &'static str = "profile";
    /// `email` and `email_verified` (OpenID Connect Core 1.0 §5.4).
    pub const EMAIL: &'static str = "email";
    /// `address` (OpenID Connect Core 1.0 §5.4).
    pub const ADDRESS: &'static str = "address";
    /// `phone_number` and `phone_number_verified` (OpenID Connect Core 1.0 §5.4).
    pub const PHONE: &'static str = "phone";
    /// `groups`: no standard names it, Authelia's clients rely on it.
    pub const GROUPS: &'static str = "groups";
    /// A refresh token that outlives the session (OpenID Connect Core 1.0 §11).
    pub const OFFLINE_ACCESS: &'static str = "offline_access";
    /// Authelia's alias of `offline_access`.
    pub const OFFLINE: &'static str = "offline";
    /// Authelia's scope for access tokens that its forward authentication accepts.
    pub const AUTHELIA_BEARER_AUTHZ: &'static str = "authelia.bearer.authz";

    /// No token at all.
    #[must_use]
    pub const fn new() -> Self {
        Self { tokens: Vec::new() }
    }

    /// Reads tokens separated by spaces; duplicates collapse to the first, more than one space between tokens is let pass.
    ///
    /// # Errors
    /// A character no token may have, or more than [`MAX_TOKENS`] tokens.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut scope = Self::new();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            if !token.bytes().all(nqchar) {
                return Err(ScopeError::Character);
            }
            scope.insert(token);
            if scope.tokens.len() > MAX_TOKENS {
                return Err(ScopeError::TooMany);
            }
        }
        Ok(scope)
    }

    /// Whether `text` is one scope token (RFC 6749 §3.3).
    #[must_use]
    pub fn is_token(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(nqchar)
    }

    /// Whether the token is in it.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.tokens.iter().any(|found| found == token)
    }

    /// Whether `offline_access` or its alias `offline` is in it.
    #[must_use]
    pub fn contains_offline_access(&self) -> bool {
        self.contains(Self::OFFLINE_ACCESS) || self.contains(Self::OFFLINE)
    }

    /// Whether `other` holds every token of this.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// The tokens, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// How many tokens it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it has no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Adds a token at the end; says whether it did. What is there already, or is no scope token, is not added.
    pub fn insert(&mut self, token: &str) -> bool {
        let new = Self::is_token(token) && !self.contains(token);
        if new {
            self.tokens.push(token.to_owned());
        }
        new
    }

    /// Takes a token away; says whether it was there.
    pub fn remove(&mut self, token: &str) -> bool {
        let before = self.tokens.len();
        self.tokens.retain(|found| found != token);
        self.tokens.len() < before
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.tokens.len() == other.tokens.len() && self.is_subset_of(other)
    }
}

impl Eq for Scope {}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tokens.join(" "))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({self})")
    }
}

/// Collects tokens as [`Scope::insert`] takes them.
impl FromIterator<String> for Scope {
    fn from_iter<I: IntoIterator<Item = String>>(tokens: I) -> Self {
        let mut scope = Self::new();
        for token in tokens {
            scope.insert(&token);
        }
        scope
    }
}

/// Collects tokens as [`Scope::insert`] takes them.
impl<'a> FromIterator<&'a str> for Scope {
    fn from_iter<I: IntoIterator<Item = &'a str>>(tokens: I) -> Self {
        let mut scope = Self::new();
        for token in tokens {
            scope.insert(token);
        }
        scope
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn duplicates_collapse_and_the_order_stays() {
        let scope = Scope::parse("openid profile  openid email ").unwrap();
        assert_eq!(scope.to_string(), "openid profile email");
        assert_eq!(scope.len(), 3);
        assert!(Scope::parse("").unwrap().is_empty());
    }

    #[test]
    fn order_means_nothing() {
        let (one, other) = (Scope::parse("a b c").unwrap(), Scope::parse("c b a").unwrap());
        assert_eq!(one, other);
        assert_ne!(one, Scope::parse("a b").unwrap());
        assert_ne!(one, Scope::parse("a b d").unwrap());
    }

    #[test]
    fn a_token_has_no_quote_backslash_or_control() {
        for wrong in ["a\tb", "a\nb", "a\"b", "a\\b", "é", "a\0", "\u{7f}"] {
            assert_eq!(Scope::parse(wrong), Err(ScopeError::Character), "{wrong:?}");
            assert!(!Scope::new().insert(wrong));
        }
        assert!(Scope::parse("https://www.example.com/auth/x.read api:write !#[]^~").is_ok());
    }

    #[test]
    fn sixty_four_tokens_are_enough() {
        let many = |count: usize| (0..count).map(|number| format!("s{number}")).collect::<Vec<_>>().join(" ");
        assert_eq!(Scope::parse(&many(64)).unwrap().len(), 64);
        assert_eq!(Scope::parse(&many(65)), Err(ScopeError::TooMany));
        assert_eq!(Scope::parse(&"a ".repeat(10_000)).unwrap().len(), 1);
    }

    #[test]
    fn a_prefix_is_no_member() {
        let scope = Scope::parse("openid offline").unwrap();
        assert!(!scope.contains("open"));
        assert!(!scope.contains("offline_access"));
        assert!(scope.contains_offline_access());
        assert!(Scope::new().is_subset_of(&scope));
        assert!(!Scope::parse("openid email").unwrap().is_subset_of(&scope));
    }

    #[test]
    fn tokens_come_and_go() {
        let mut scope: Scope = ["openid", "email"].into_iter().collect();
        assert!(
            scope.insert("groups") && !scope.insert("groups") && !scope.insert("") && !scope.insert("a b")
        );
        assert!(scope.remove("email") && !scope.remove("email"));
        assert_eq!(serde_json::to_string(&scope).unwrap(), r#""openid groups""#);
        assert_eq!(serde_json::from_str::<Scope>(r#""groups openid""#).unwrap(), scope);
        assert!(serde_json::from_str::<Scope>("\"a\\tb\"").is_err());
    }

    proptest! {
        #[test]
        fn a_scope_is_read_back_as_written(text in "[ -~]{0,60}") {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert_eq!(Scope::parse(&scope.to_string()).unwrap().to_string(), scope.to_string());
                prop_assert!(scope.iter().all(Scope::is_token));
            } else {
                prop_assert!(text.contains(['"', '\\']));
            }
        }
    }
}
