//! `/consents/CLIENT_ID`: what an application may see or do, and the end of it.

use askama::Template;

use super::scopes::{AskedClaim, AskedScope};
use super::{ClientIdentity, PageContext};

/// The page. Its form posts `csrf` and `action` (`withdraw`).
#[derive(Template)]
#[template(path = "withdraw.html")]
pub struct Withdraw {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// `client_id`: letters, digits and `._~-`.
    pub client_id: String,
    /// The application.
    pub client: ClientIdentity,
    /// What it may see or do.
    pub scopes: Vec<AskedScope>,
    /// The single claims it may see.
    pub claims: Vec<AskedClaim>,
    /// Where its access tokens may be used.
    pub audiences: Vec<String>,
    /// Since when, in seconds since the epoch.
    pub since: i64,
    /// Until when the person is not asked again, in seconds since the epoch.
    pub remembered_until: Option<i64>,
    /// The present time, in seconds since the epoch.
    pub now: i64,
}

impl Withdraw {
    fn heading(&self) -> String {
        (self.page.texts.consents.question)(&self.client.name)
    }

    fn ago(&self) -> String {
        (self.page.texts.ago)(self.now.saturating_sub(self.since))
    }

    fn since(&self) -> String {
        (self.page.texts.date_time)(self.since)
    }

    fn remembered(&self) -> Option<String> {
        self.remembered_until.map(self.page.texts.date_time)
    }

    fn scopes_label(&self) -> String {
        (self.page.texts.consents.scopes)(&self.client.name)
    }

    fn title(&self, scope: &AskedScope) -> String {
        scope.title(self.page.texts)
    }

    fn claim_title(&self, claim: &AskedClaim) -> String {
        claim.title(self.page.texts)
    }

    #[allow(clippy::unused_self, reason = "the template of scopes asks every page that shows them")]
    fn claim_detail(&self, _: &AskedClaim) -> &'static str {
        ""
    }

    /// What is on file is not said here: the application knows it already.
    #[allow(clippy::unused_self, reason = "the template of scopes asks every page that shows them")]
    fn detail(&self, _: &AskedScope) -> &'static str {
        ""
    }
}
