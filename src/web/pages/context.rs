//! What every page knows: where it is, how it looks, which language it speaks.

use crate::web::static_files;
use crate::web::texts::{EN, Texts};

/// Colours of the pages: Authelia's option `theme`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// `auto`: light or dark, as the person's system prefers.
    Auto,
    /// `light`
    #[default]
    Light,
    /// `dark`
    Dark,
    /// `grey`
    Grey,
    /// `oled`: dark on black.
    Oled,
}

impl Theme {
    /// The theme of a name, as the configuration writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark, Self::Grey, Self::Oled].into_iter().find(|it| it.name() == name)
    }

    /// Its name: value of `data-theme`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Grey => "grey",
            Self::Oled => "oled",
        }
    }
}

/// What every page knows.
#[derive(Clone)]
pub struct PageContext {
    /// Path before every address of this issuer, without a slash at its end: `/auth`, or empty.
    pub base: String,
    /// Colours.
    pub theme: Theme,
    /// Host of the issuer, for the footer; empty where none is known.
    pub issuer_host: String,
    /// What the pages say.
    pub texts: &'static Texts,
}

impl PageContext {
    /// A context in English.
    #[must_use]
    pub fn new(base: impl Into<String>, theme: Theme, issuer_host: impl Into<String>) -> Self {
        Self { base: base.into(), theme, issuer_host: issuer_host.into(), texts: &EN }
    }

    /// Address of an embedded file, with its version.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        format!("{}{}", self.base, static_files::url(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_known_by_its_name() {
        for name in ["auto", "light", "dark", "grey", "oled"] {
            assert_eq!(Theme::from_name(name).map(Theme::name), Some(name));
        }
        assert_eq!(Theme::from_name("blue"), None);
    }

    #[test]
    fn assets_live_below_the_base_path_of_the_issuer() {
        let page = PageContext::new("/auth", Theme::Light, "example.com");
        assert!(page.asset("signet.css").starts_with("/auth/static/signet.css?v="));
    }
}
