//! `/logout`: asks before it signs out, at the person's own wish or a relying party's.

use askama::Template;

use super::{ClientIdentity, PageContext, PersonIdentity};

/// The page. Its form posts `csrf`, `action` (`sign-out`) and, when it leads on, `client_id`, `post_logout_redirect_uri`
/// and `state`.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub struct SignOut {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who is signed in.
    pub person: PersonIdentity,
    /// The app that asks.
    pub client: Option<ClientIdentity>,
    /// Where it leads afterwards, as hidden fields of the form.
    pub onward: Vec<(&'static str, String)>,
    /// Whether the app failed to prove itself, or the address it wanted to lead to.
    pub stays: bool,
}

impl SignOut {
    fn heading(&self) -> &'static str {
        self.page.texts.sign_out.heading
    }

    fn lead(&self) -> String {
        let lead = (self.page.texts.sign_out.lead)(&self.page.issuer_host);
        match &self.client {
            Some(client) => format!("{} {lead}", (self.page.texts.sign_out.asked)(&client.name)),
            None => lead,
        }
    }
}
