//! `/flow/ID/device`: which device asks for what, and the person's answer.

use askama::Template;

use super::scopes::{AskedClaim, AskedScope};
use super::{ClientIdentity, PageContext, PersonIdentity};

/// The page. Its form posts `csrf`, `claim:NAME` (`true` when ticked) and `action` (`allow`, `deny`, or `other` for a
/// person who is someone else).
#[derive(Template)]
#[template(path = "device.html")]
pub struct Device {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who asks.
    pub client: ClientIdentity,
    /// Who is asked.
    pub person: PersonIdentity,
    /// What the device shows: `WDJB-MJHT`.
    pub user_code: String,
    /// The address the device asked from.
    pub address: String,
    /// Whether that is where this browser is.
    pub same_place: bool,
    /// When it asked, in seconds since the epoch.
    pub asked_at: i64,
    /// The present time, in seconds since the epoch.
    pub now: i64,
    /// What is asked for, in the order in which it was asked.
    pub scopes: Vec<AskedScope>,
    /// Single claims that are part of what is allowed.
    pub claims: Vec<AskedClaim>,
    /// Single claims that the person may add.
    pub optional_claims: Vec<AskedClaim>,
    /// Where the access token may be used; empty when nothing was asked.
    pub audiences: Vec<String>,
}

impl Device {
    fn heading(&self) -> String {
        (self.page.texts.device.heading)(&self.client.name)
    }

    fn ago(&self) -> String {
        (self.page.texts.ago)(self.now.saturating_sub(self.asked_at))
    }

    fn asked(&self) -> String {
        (self.page.texts.date_time)(self.asked_at)
    }

    fn place(&self) -> &'static str {
        let texts = &self.page.texts.device;
        if self.same_place { texts.same_place } else { texts.other_place }
    }

    fn scopes_label(&self) -> String {
        (self.page.texts.consent.scopes)(&self.client.name)
    }

    fn optional_label(&self) -> String {
        (self.page.texts.consent.optional_claims)(&self.client.name)
    }

    fn title(&self, scope: &AskedScope) -> String {
        scope.title(self.page.texts)
    }

    fn detail(&self, scope: &AskedScope) -> String {
        scope.detail(self.page.texts)
    }

    fn claim_title(&self, claim: &AskedClaim) -> String {
        claim.title(self.page.texts)
    }

    fn claim_detail(&self, claim: &AskedClaim) -> String {
        claim.detail(self.page.texts)
    }
}
