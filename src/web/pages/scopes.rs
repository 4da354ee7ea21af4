//! Scopes as people are told of them.

use super::consent::CLAIM;
use crate::web::texts::{ScopeTexts, Texts};

/// A scope with this person's own values.
pub struct AskedScope {
    /// Its name: `email`.
    pub name: String,
    /// The person's values that it hands out: `alice@example.com`.
    pub values: Vec<String>,
}

impl AskedScope {
    fn texts<'a>(&self, texts: &'a Texts) -> Option<&'a ScopeTexts> {
        let texts = &texts.consent;
        match self.name.as_str() {
            "openid" => Some(&texts.scope_openid),
            "profile" => Some(&texts.scope_profile),
            "email" => Some(&texts.scope_email),
            "groups" => Some(&texts.scope_groups),
            "phone" => Some(&texts.scope_phone),
            "address" => Some(&texts.scope_address),
            "offline_access" => Some(&texts.scope_offline_access),
            _ => None,
        }
    }

    /// What it means.
    pub(super) fn title(&self, texts: &Texts) -> String {
        match self.texts(texts) {
            Some(texts) => texts.title.to_owned(),
            None => (texts.consent.scope_other)(&self.name),
        }
    }

    /// The person's values, or what stands there without any.
    pub(super) fn detail(&self, texts: &Texts) -> String {
        if self.values.is_empty() {
            self.texts(texts).map_or_else(String::new, |texts| texts.without_value.to_owned())
        } else {
            self.values.join(", ")
        }
    }

    /// Strokes of its icon on a square of 24.
    pub(super) fn icon(&self) -> &'static str {
        match self.name.as_str() {
            "openid" => "M12 3l7.5 3v5.5c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5V6zM8.5 12l2.5 2.5 4.5-5",
            "profile" => {
                "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5"
            }
            "email" => {
                "M5 5.5h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zM3.5 7l8.5 6.5L20.5 7"
            }
            "groups" => {
                "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.6-3.2 3.2-5 6.5-5s5.9 1.8 6.5 5M15.5 4.9a3.5 3.5 0 0 1 0 6.4M17.8 14.9c2 .7 3.3 2.3 3.7 4.6"
            }
            "phone" => {
                "M8.5 2.5h7a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2zM11 18.5h2"
            }
            "address" => {
                "M12 21.5c4.7-4.8 7-8.5 7-11.5a7 7 0 0 0-14 0c0 3 2.3 6.7 7 11.5zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
            }
            "offline_access" => {
                "M20.5 12a8.5 8.5 0 0 1-15 5.5M3.5 12a8.5 8.5 0 0 1 15-5.5M18.5 2.5v4h-4M5.5 21.5v-4h4"
            }
            _ => "M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12.5 12H21v3.5M17 12v3",
        }
    }
}

/// A single claim (OpenID Connect Core 1.0 §5.5) with this person's own value.
pub struct AskedClaim {
    /// Its name: `email`.
    pub name: String,
    /// The person's value, in words.
    pub values: Vec<String>,
}

impl AskedClaim {
    /// Strokes of its icon on a square of 24: a label.
    pub(super) const ICON: &'static str = "M3.5 4.5h8l9 9-7 7-10-10zM7.5 8.5h.01";

    /// The name of its checkbox.
    pub(super) fn field(&self) -> String {
        format!("{CLAIM}{}", self.name)
    }

    /// What it means.
    pub(super) fn title(&self, texts: &Texts) -> String {
        let texts = &texts.consent;
        let known = texts.claims.iter().find(|(name, _)| *name == self.name);
        known.map_or_else(|| (texts.claim_other)(&self.name), |(_, title)| (*title).to_owned())
    }

    /// The person's value, or what stands there without one.
    pub(super) fn detail(&self, texts: &Texts) -> String {
        if self.values.is_empty() {
            texts.consent.claim_without_value.to_owned()
        } else {
            self.values.join(", ")
        }
    }
}
