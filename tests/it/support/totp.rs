//! An authenticator app.

use super::{App, View};

/// The device of a person, as the enrolment page showed it.
#[derive(Clone)]
pub struct Device(totp_rs::Totp);

impl Device {
    /// Reads the address that the enrolment page links to.
    pub fn of(page: &View) -> Self {
        let uri = page
            .tags("a")
            .into_iter()
            .find_map(|tag| tag.get("href").filter(|href| href.starts_with("otpauth://")).cloned())
            .expect("the page links to the app");
        let secret = page.inner("totp-secret");
        assert!(uri.contains(&secret), "text and link name one seed");
        Self(totp_rs::Totp::from_url_unchecked(&uri).expect("an otpauth address"))
    }

    /// The code of this moment.
    pub fn code(&self, app: &App) -> String {
        self.0.generate(u64::try_from(app.clock.now()).unwrap()).to_string()
    }
}
