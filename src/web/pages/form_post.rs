//! The answer to the client as a form that sends itself (OAuth 2.0 Form Post Response Mode §2).

use askama::Template;

use super::{ClientIdentity, PageContext};

/// The page. It must be sent without `form-action` in its Content-Security-Policy.
#[derive(Template)]
#[template(path = "form_post.html")]
pub struct FormPost {
    /// What every page knows.
    pub page: PageContext,
    /// Who gets the answer.
    pub client: ClientIdentity,
    /// The proven redirect URI.
    pub redirect_uri: String,
    /// Names and values of the answer, in order.
    pub parameters: Vec<(String, String)>,
}

impl FormPost {
    fn heading(&self) -> String {
        (self.page.texts.form_post.heading)(&self.client.name)
    }

    fn submit(&self) -> String {
        (self.page.texts.form_post.submit)(&self.client.name)
    }
}
