//! `/flow/ID/sign-in`: username and password.

use askama::Template;

use super::{ClientIdentity, PageContext};

/// The page. Its form posts `csrf`, `username`, `password`, `remember` (`true` when ticked) and `action`
/// (`sign-in` or `cancel`).
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who asks; none when a person came on their own.
    pub client: Option<ClientIdentity>,
    /// What stands in the field: from the last try or from `login_hint`.
    pub username: String,
    /// The checkbox, ticked or not; none when remember-me is disabled.
    pub remember: Option<bool>,
    /// The person is signed in and is asked again (`prompt=login`, `max_age`, or a sensitive page).
    pub confirm: bool,
    /// Where a forgotten password is reset; none shows no link.
    pub forgot: Option<String>,
    /// The last try was refused, for whatever reason.
    pub refused: bool,
}

impl SignIn {
    fn heading(&self) -> String {
        let texts = &self.page.texts.sign_in;
        match &self.client {
            Some(client) => (texts.heading_for)(&client.name),
            None => texts.heading.to_owned(),
        }
    }

    fn lead(&self) -> String {
        let texts = &self.page.texts.sign_in;
        match &self.client {
            Some(client) => (texts.lead_for)(client.host_or_name()),
            None => (texts.lead)(&self.page.issuer_host),
        }
    }

    fn reason(&self) -> String {
        let texts = &self.page.texts.sign_in;
        match &self.client {
            Some(client) => (texts.confirm_for)(&client.name),
            None => texts.confirm.to_owned(),
        }
    }
}
