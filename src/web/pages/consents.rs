//! `/consents`: the applications that hold something of the person.

use askama::Template;

use super::scopes::AskedScope;
use super::{ClientIdentity, PageContext, PersonIdentity};

/// The page.
#[derive(Template)]
#[template(path = "consents.html")]
pub struct Consents {
    /// What every page knows.
    pub page: PageContext,
    /// Who is signed in.
    pub person: PersonIdentity,
    /// The applications.
    pub clients: Vec<Held>,
    /// The application that lost its access just now, by name.
    pub withdrawn: Option<String>,
}

/// What one application holds.
pub struct Held {
    /// `client_id`: letters, digits and `._~-`.
    pub client_id: String,
    /// The application.
    pub client: ClientIdentity,
    /// What it may see or do.
    pub scopes: Vec<AskedScope>,
    /// Since when: how long ago, in seconds.
    pub ago: i64,
}

impl Consents {
    fn heading(&self) -> &'static str {
        self.page.texts.consents.heading
    }

    fn lead(&self) -> &'static str {
        let texts = &self.page.texts.consents;
        if self.clients.is_empty() { texts.none } else { texts.lead }
    }

    fn notice(&self) -> Option<String> {
        self.withdrawn.as_ref().map(|name| (self.page.texts.consents.withdrawn)(name))
    }

    fn may(&self, held: &Held) -> String {
        let titles: Vec<String> = held.scopes.iter().map(|scope| scope.title(self.page.texts)).collect();
        titles.join(" · ")
    }

    fn since(&self, held: &Held) -> String {
        (self.page.texts.consents.since)(&(self.page.texts.ago)(held.ago))
    }

    fn change(&self, held: &Held) -> String {
        (self.page.texts.consents.change)(&held.client.name)
    }
}
