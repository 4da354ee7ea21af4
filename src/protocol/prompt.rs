//! `prompt`: which pages the client wants shown.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::OAuthError;
use super::wire_enum::wire_enum;

wire_enum! {
    /// One value of `prompt` (OpenID Connect Core 1.0 §3.1.2.1).
    pub enum PromptValue {
        /// Show no page at all.
        None => "none",
        /// Ask for the password again.
        Login => "login",
        /// Ask for consent again.
        Consent => "consent",
        /// Let the person choose an account.
        SelectAccount => "select_account",
    }
}

/// The set of values of `prompt`, written again in the order it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prompt {
    values: Vec<PromptValue>,
}

impl Prompt {
    /// Reads values separated by spaces; duplicates collapse.
    ///
    /// # Errors
    /// `invalid_request` for an unknown value, and for `none` beside another (OpenID Connect Core 1.0 §3.1.2.1).
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut values = Vec::new();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            let value = PromptValue::parse(name).ok_or_else(|| {
                OAuthError::invalid_request(
                    "prompt has an unknown value; the values are none, login, consent and select_account",
                )
            })?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.contains(&PromptValue::None) && values.len() > 1 {
            return Err(OAuthError::invalid_request(
                "prompt has none beside another value; none stands alone",
            ));
        }
        Ok(Self { values })
    }

    /// Whether no page may be shown.
    #[must_use]
    pub fn none(&self) -> bool {
        self.values.contains(&PromptValue::None)
    }

    /// Whether the person must authenticate again.
    #[must_use]
    pub fn login(&self) -> bool {
        self.values.contains(&PromptValue::Login)
    }

    /// Whether the person must be asked for consent again.
    #[must_use]
    pub fn consent(&self) -> bool {
        self.values.contains(&PromptValue::Consent)
    }

    /// Whether the person must be asked which account to use.
    #[must_use]
    pub fn select_account(&self) -> bool {
        self.values.contains(&PromptValue::SelectAccount)
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, value) in self.values.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(value.as_str())?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Prompt {
    type Error = OAuthError;

    fn try_from(text: String) -> Result<Self, OAuthError> {
        Self::parse(&text)
    }
}

impl From<Prompt> for String {
    fn from(prompt: Prompt) -> Self {
        prompt.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;

    #[test]
    fn a_set_is_read_and_written_again() {
        let prompt = Prompt::parse("consent login  consent").unwrap();
        assert!(
            prompt.login()
                && prompt.consent()
                && !prompt.none()
                && !prompt.select_account()
                && !prompt.is_empty()
        );
        let json = serde_json::to_string(&prompt).unwrap();
        assert_eq!(json, r#""consent login""#);
        assert_eq!(serde_json::from_str::<Prompt>(&json).unwrap(), prompt);
        assert!(Prompt::parse("").unwrap().is_empty());
        assert!(Prompt::parse("select_account").unwrap().select_account());
    }

    #[test]
    fn none_stands_alone() {
        assert!(Prompt::parse("none").unwrap().none());
        assert!(Prompt::parse("none none").unwrap().none());
        for wrong in ["none login", "consent none", "select_account login none"] {
            assert_eq!(Prompt::parse(wrong).unwrap_err().code, ErrorCode::InvalidRequest, "{wrong}");
        }
    }

    #[test]
    fn an_unknown_value_is_refused() {
        for wrong in ["create", "Login", "login,consent", "login\tconsent", "login x"] {
            assert_eq!(Prompt::parse(wrong).unwrap_err().code, ErrorCode::InvalidRequest, "{wrong}");
        }
    }
}
