//! What every page knows: where it is, how it looks, which language it speaks.

use crate::settings::Theme;
use crate::web::static_files;
use crate::web::texts::{EN, Texts};

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
    fn assets_live_below_the_base_path_of_the_issuer() {
        let page = PageContext::new("/auth", Theme::Light, "example.com");
        assert!(page.asset("signet.css").starts_with("/auth/static/signet.css?v="));
    }
}
