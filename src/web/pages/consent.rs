//! `/flow/ID/consent`: what a client would get, and the person's answer.

use askama::Template;

use super::scopes::{AskedClaim, AskedScope};
use super::{ClientIdentity, PageContext, PersonIdentity};

/// What the name of a claim's checkbox begins with; the claim's name follows.
pub const CLAIM: &str = "claim:";

/// The page. Its form posts `csrf`, `remember` and `claim:NAME` (`true` when ticked) and `action` (`allow`, `deny`,
/// or `other` for a person who is someone else).
#[derive(Template)]
#[template(path = "consent.html")]
pub struct Consent {
    /// What every page knows.
    pub page: PageContext,
    /// CSRF value of the form.
    pub csrf: String,
    /// Who asks.
    pub client: ClientIdentity,
    /// Who is asked.
    pub person: PersonIdentity,
    /// What is asked for, in the order in which it was asked.
    pub scopes: Vec<AskedScope>,
    /// Single claims that are part of what is allowed.
    pub claims: Vec<AskedClaim>,
    /// Single claims that the person may add.
    pub optional_claims: Vec<AskedClaim>,
    /// Where the access token may be used; empty when nothing was asked.
    pub audiences: Vec<String>,
    /// For how many seconds the decision can be remembered; none when it cannot.
    pub remember_for: Option<i64>,
}

impl Consent {
    fn heading(&self) -> String {
        let texts = &self.page.texts.consent;
        if self.scopes.iter().any(|scope| scope.name == "openid") {
            (texts.heading_identity)(&self.client.name)
        } else {
            (texts.heading_access)(&self.client.name)
        }
    }

    fn lead(&self) -> String {
        (self.page.texts.consent.lead)(self.client.host_or_name())
    }

    fn remember(&self) -> Option<String> {
        self.remember_for
            .map(|seconds| (self.page.texts.consent.remember)(&(self.page.texts.duration)(seconds)))
    }

    fn scopes_label(&self) -> String {
        (self.page.texts.consent.scopes)(&self.client.name)
    }

    fn optional_label(&self) -> String {
        (self.page.texts.consent.optional_claims)(&self.client.name)
    }

    fn claim_title(&self, claim: &AskedClaim) -> String {
        claim.title(self.page.texts)
    }

    fn claim_detail(&self, claim: &AskedClaim) -> String {
        claim.detail(self.page.texts)
    }

    fn title(&self, scope: &AskedScope) -> String {
        scope.title(self.page.texts)
    }

    fn detail(&self, scope: &AskedScope) -> String {
        scope.detail(self.page.texts)
    }
}
