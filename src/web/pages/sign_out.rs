//! `/logout`: asks before it signs out.

use askama::Template;

use super::{PageContext, PersonIdentity};

/// The page. Its form posts `csrf` and `action` (`sign-out`).
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOut {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who is signed in.
    pub person: PersonIdentity,
}

impl SignOut {
    fn heading(&self) -> &'static str {
        self.page.texts.sign_out.heading
    }

    fn lead(&self) -> String {
        (self.page.texts.sign_out.lead)(&self.page.issuer_host)
    }
}
