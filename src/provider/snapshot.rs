//! Settings, keys and clients as one immutable value: a request takes one at its start and keeps it.

use std::collections::HashMap;
use std::sync::Arc;

use super::client_auth::assertion::StandIn;
use super::discovery::{self, Documents};
use crate::model::client::Client;
use crate::model::issuer::Issuer;
use crate::secrets::digest::Digest;
use crate::settings::Settings;

/// One valid configuration, with everything prepared that could be.
pub struct Snapshot {
    /// What was configured.
    pub settings: Settings,
    clients: HashMap<String, Arc<Client>>,
    /// What is left of each client_id when its writing is overlooked.
    plain_ids: HashMap<String, String>,
    documents: HashMap<Issuer, Documents>,
    pub(super) dummy_secret: Arc<Digest>,
    pub(super) stand_in: Arc<StandIn>,
}

impl Snapshot {
    /// Prepares a configuration.
    pub fn new(settings: Settings) -> Self {
        let clients: HashMap<_, _> =
            settings.oidc.clients.iter().map(|client| (client.client_id.clone(), client.clone())).collect();
        let plain_ids = clients.keys().map(|id| (plain(id), id.clone())).collect();
        let documents = settings
            .sessions
            .iter()
            .map(|each| (each.issuer.clone(), discovery::documents(&each.issuer, &settings)))
            .collect();
        // An unknown client costs what a known one costs.
        let dummy_secret = settings
            .oidc
            .clients
            .iter()
            .filter_map(|client| client.client_secret.clone())
            .find(|digest| digest.is_expensive())
            .unwrap_or_else(|| Arc::new(Digest::dummy()));
        Self { settings, clients, plain_ids, documents, dummy_secret, stand_in: Arc::default() }
    }

    /// The client of an id.
    pub fn client(&self, client_id: &str) -> Option<&Arc<Client>> {
        self.clients.get(client_id)
    }

    /// What to say of a `client_id` that is not registered. The text itself stays untold: it may be a secret that was
    /// put into the wrong field.
    pub fn hint_of_unknown_client(&self, client_id: &str) -> String {
        let length = client_id.chars().count();
        match self.plain_ids.get(&plain(client_id)) {
            Some(registered) => format!(
                "The client_id that was sent is written otherwise than the registered '{registered}'."
            ),
            None => {
                format!("No client is registered by the client_id that was sent, of {length} characters.")
            }
        }
    }

    /// The prepared documents of an issuer.
    pub fn documents(&self, issuer: &Issuer) -> Option<&Documents> {
        self.documents.get(issuer)
    }
}

/// A text without case and everything that is neither letter nor digit.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
