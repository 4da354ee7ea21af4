//! `/flow/ID/second-factor`: the one-time code.

use askama::Template;

use super::{ClientIdentity, PageContext};

/// The page. Its form posts `csrf`, `code` (perhaps with spaces) and `action` (`continue` or `cancel`).
#[derive(Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactor {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who asks; none when a person came on their own.
    pub client: Option<ClientIdentity>,
    /// How many digits a code has: 6 or 8.
    pub digits: u8,
    /// The last try was refused, for whatever reason.
    pub refused: bool,
}

impl SecondFactor {
    fn heading(&self) -> &'static str {
        self.page.texts.second_factor.heading
    }

    fn lead(&self) -> String {
        let texts = &self.page.texts.second_factor;
        match &self.client {
            Some(client) => (texts.lead_for)(&client.name),
            None => texts.lead.to_owned(),
        }
    }

    fn label(&self) -> String {
        (self.page.texts.second_factor.code)(self.digits)
    }
}
