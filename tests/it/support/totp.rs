//! An authenticator app.

use super::{Site, View};

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
    pub fn code(&self, site: &Site) -> String {
        self.at(site.clock.now())
    }

    /// The code of the next step, which is accepted a little early.
    pub fn next_code(&self, site: &Site) -> String {
        self.at(site.clock.now() + 30)
    }

    /// Whether a seed gives the codes of this device, now and in the steps that follow.
    pub fn has_seed(&self, seed: &[u8], site: &Site) -> bool {
        let other = totp_rs::Builder::new().with_secret(seed.to_vec()).build_noncompliant();
        [0, 30, 60, 90].into_iter().all(|later| {
            let time = u64::try_from(site.clock.now() + later).unwrap();
            other.generate(time).to_string() == self.0.generate(time).to_string()
        })
    }

    fn at(&self, time: i64) -> String {
        let code = self.0.generate(u64::try_from(time).unwrap()).to_string();
        super::secrets::one_time_code(&code);
        code
    }
}
