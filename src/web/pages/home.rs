//! `/`: who is signed in, since when and with what.

use askama::Template;

use super::{PageContext, PersonIdentity};

/// The page. Its form posts `csrf` and `action` (`sign-out`) to `/logout`.
#[derive(Template)]
#[template(path = "home.html")]
pub struct Home {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who is signed in.
    pub person: PersonIdentity,
    /// When, in seconds since the epoch.
    pub signed_in_at: i64,
    /// The present time, in seconds since the epoch.
    pub now: i64,
    /// With a one-time code beside the password.
    pub two_factors: bool,
    /// The person has a one-time code.
    pub enrolled: bool,
}

impl Home {
    fn heading(&self) -> &'static str {
        self.page.texts.home.heading
    }

    fn lead(&self) -> String {
        (self.page.texts.home.lead)(&self.page.issuer_host)
    }

    fn ago(&self) -> String {
        (self.page.texts.ago)(self.now.saturating_sub(self.signed_in_at))
    }

    fn since(&self) -> String {
        (self.page.texts.date_time)(self.signed_in_at)
    }

    fn level(&self) -> &'static str {
        let texts = &self.page.texts.home;
        if self.two_factors { texts.two_factors } else { texts.one_factor }
    }

    fn one_time_code(&self) -> &'static str {
        let texts = &self.page.texts.home;
        if self.enrolled { texts.enrolled } else { texts.not_enrolled }
    }
}
