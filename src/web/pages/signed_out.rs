//! After signing out.

use askama::Template;

use super::PageContext;

/// The page.
#[derive(Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut {
    /// What every page knows.
    pub page: PageContext,
    /// Whether the app failed to prove itself, or the address it wanted to lead to.
    pub stays: bool,
}

impl SignedOut {
    fn heading(&self) -> &'static str {
        self.page.texts.signed_out.heading
    }

    fn lead(&self) -> String {
        (self.page.texts.signed_out.lead)(&self.page.issuer_host)
    }
}
