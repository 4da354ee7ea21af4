//! `/`: who is signed in, since when and with what.

use askama::Template;
use url::Url;

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
    /// Where people go on from here.
    pub onward: Option<Onward>,
    /// When, in seconds since the epoch.
    pub signed_in_at: i64,
    /// The present time, in seconds since the epoch.
    pub now: i64,
    /// With a one-time code beside the password.
    pub two_factors: bool,
    /// Whether an application may be used on devices without a browser.
    pub devices: bool,
    /// The person has a one-time code.
    pub enrolled: bool,
}

/// Where people go on to.
pub struct Onward {
    /// The address.
    pub url: String,
    /// Its host, for the link.
    pub host: String,
}

impl Onward {
    /// The address with its host.
    #[must_use]
    pub fn to(url: &Url) -> Self {
        Self { url: url.to_string(), host: url.host_str().unwrap_or_default().to_owned() }
    }
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
