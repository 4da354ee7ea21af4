//! `/flow/ID/select-account`: go on as the person who is signed in, or as another.

use askama::Template;

use super::{ClientIdentity, PageContext, PersonIdentity};

/// The page. Its form posts `csrf` and `action` (`continue`, `other` or `cancel`).
#[derive(Template)]
#[template(path = "select_account.html")]
pub struct SelectAccount {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who asks.
    pub client: ClientIdentity,
    /// Who is signed in.
    pub person: PersonIdentity,
}

impl SelectAccount {
    fn heading(&self) -> &'static str {
        self.page.texts.select_account.heading
    }

    fn lead(&self) -> String {
        (self.page.texts.select_account.lead_for)(&self.client.name)
    }
}
