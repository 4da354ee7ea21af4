//! What a person allowed applications, as the person sees and withdraws it.

use std::collections::BTreeMap;

use super::Provider;
use super::context::Context;
use super::issue::claims;
use crate::clock::NumericDate;
use crate::model::authentication::Authentication;
use crate::model::event::{Actor, EventKind, Source};
use crate::observe;
use crate::protocol::error::OAuthError;
use crate::protocol::scope::Scope;
use crate::storage::Holding;

/// What an application holds of a person at one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedClient {
    /// `client_id`.
    pub client_id: String,
    /// What people see; the client_id of one that is no longer registered.
    pub client_name: String,
    /// The host people recognise it by.
    pub host: Option<String>,
    /// Every scope it was allowed.
    pub scopes: Vec<String>,
    /// Every single claim it was allowed beyond them.
    pub claims: Vec<String>,
    /// Every audience its tokens are for.
    pub audiences: Vec<String>,
    /// Since when it holds something.
    pub since: NumericDate,
    /// Until when the person is not asked again.
    pub remembered_until: Option<NumericDate>,
}

impl Provider {
    /// The applications that hold something of the person at this issuer: tokens that stand, or a consent that is
    /// remembered. In the order of their names.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn allowed_clients(
        &self,
        context: &Context,
        authentication: &Authentication,
    ) -> Result<Vec<AllowedClient>, OAuthError> {
        let holdings =
            self.storage.holdings_of(&authentication.username, &context.issuer, context.now).await?;
        // What was granted before the password changed is worth nothing any more.
        let credential = &authentication.credential;
        let standing = holdings
            .into_iter()
            .filter(|held| held.credential.as_ref().is_none_or(|held| held == credential));
        let mut clients: BTreeMap<String, AllowedClient> = BTreeMap::new();
        for held in standing {
            let client = clients.entry(held.client_id.clone()).or_insert_with(|| self.allowed_client(&held));
            let definitions = &self.snapshot.settings.oidc.scopes;
            let beyond = held.claims.names().into_keys();
            let beyond = beyond.filter(|name| !claims::is_of_scope(name, &held.scope, definitions));
            add_new(&mut client.claims, beyond.map(str::to_owned).collect::<Vec<_>>());
            client.add(held);
        }
        let mut clients: Vec<AllowedClient> = clients.into_values().collect();
        clients.sort_by_cached_key(|client| client.client_name.to_lowercase());
        Ok(clients)
    }

    /// Withdraws everything the person allowed an application at this issuer: what was remembered, and every code and
    /// token. `false` when there was nothing.
    ///
    /// # Errors
    /// When the store does not store it.
    pub async fn withdraw_consents(
        &self,
        context: &Context,
        authentication: &Authentication,
        client_id: &str,
    ) -> Result<bool, OAuthError> {
        let source = context.source();
        let mut event = Source::event(&source, EventKind::ConsentRevoked, context.now);
        event.actor = Actor::Person;
        event.username = Some(authentication.username.clone());
        event.client_id = Some(client_id.to_owned());
        let events = std::slice::from_ref(&event);
        let ended = self
            .storage
            .withdraw_consents(&authentication.username, client_id, &context.issuer, events, context.now)
            .await?;
        if ended {
            observe::event(&event);
        }
        Ok(ended)
    }

    fn allowed_client(&self, held: &Holding) -> AllowedClient {
        let client = self.snapshot.client(&held.client_id);
        AllowedClient {
            client_name: client.map_or(&held.client_id, |client| &client.client_name).clone(),
            host: client.and_then(|client| client.host()).map(str::to_owned),
            client_id: held.client_id.clone(),
            scopes: Vec::new(),
            claims: Vec::new(),
            audiences: Vec::new(),
            since: held.since,
            remembered_until: None,
        }
    }
}

impl AllowedClient {
    fn add(&mut self, held: Holding) {
        add_new(&mut self.scopes, held.scope.iter().map(str::to_owned));
        add_new(&mut self.audiences, held.audience);
        self.scopes.sort_by_key(|scope| (rank(scope), scope.clone()));
        self.since = self.since.min(held.since);
        self.remembered_until = self.remembered_until.max(held.remembered_until);
    }
}

fn add_new(to: &mut Vec<String>, values: impl IntoIterator<Item = String>) {
    for value in values {
        if !to.contains(&value) {
            to.push(value);
        }
    }
}

/// The well-known scopes first, in the order in which people are told of them.
fn rank(scope: &str) -> usize {
    let known = [Scope::OPENID, Scope::PROFILE, Scope::EMAIL, Scope::GROUPS, Scope::PHONE, Scope::ADDRESS];
    known.iter().position(|name| *name == scope).unwrap_or(known.len())
}
