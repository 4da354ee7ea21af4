//! `/consent/openid/device-authorization`: a person types the code that a device shows.

use askama::Template;

use super::PageContext;

/// The page. Its form posts `csrf`, `user_code` and `action` (`continue`).
#[derive(Template)]
#[template(path = "user_code.html")]
pub struct UserCodePage {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// What stands in the field.
    pub code: String,
    /// Why the page is shown again.
    pub refused: Option<Refused>,
}

/// Why a code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is unknown, used or ended.
    Unknown,
    /// Too many wrong ones came before.
    TooMany,
}

impl UserCodePage {
    fn heading(&self) -> &'static str {
        self.page.texts.device.type_heading
    }

    fn notice(&self) -> Option<&'static str> {
        let texts = &self.page.texts.device;
        self.refused.map(|refused| match refused {
            Refused::Unknown => texts.unknown,
            Refused::TooMany => texts.too_many,
        })
    }
}
