//! After the answer about a device: the person goes back to it.

use askama::Template;

use super::PageContext;

/// The page.
#[derive(Template)]
#[template(path = "device_answered.html")]
pub struct DeviceAnswered {
    /// What every page knows.
    pub page: PageContext,
    /// The client's name.
    pub client: String,
    /// How it was answered.
    pub outcome: Outcome,
}

/// How the device was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was allowed.
    Allowed,
    /// The person said no.
    Denied,
    /// The person may not use the client.
    Forbidden,
}

impl DeviceAnswered {
    fn heading(&self) -> String {
        let texts = &self.page.texts.device;
        match self.outcome {
            Outcome::Allowed => texts.allowed_heading.to_owned(),
            Outcome::Denied => texts.denied_heading.to_owned(),
            Outcome::Forbidden => (texts.forbidden_heading)(&self.client),
        }
    }

    fn lead(&self) -> String {
        let texts = &self.page.texts.device;
        match self.outcome {
            Outcome::Allowed => (texts.allowed)(&self.client),
            Outcome::Denied => (texts.denied)(&self.client),
            Outcome::Forbidden => texts.forbidden.to_owned(),
        }
    }

    fn prose(&self) -> &'static str {
        let texts = &self.page.texts.device;
        if self.outcome == Outcome::Allowed { texts.allowed_prose } else { texts.denied_prose }
    }
}
