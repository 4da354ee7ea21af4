//! `/consents`: the applications that hold something of the person, and the end of it.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::authorization_response::redirect;
use super::error::page;
use super::flow::form;
use super::pages::consents::{Consents, Held};
use super::pages::error::Fault;
use super::pages::scopes::{AskedClaim, AskedScope};
use super::pages::withdraw::Withdraw;
use super::pages::{ClientIdentity, PersonIdentity};
use super::session::Visit;
use super::state::Incoming;
use crate::model::authentication::Authentication;
use crate::provider::consents::AllowedClient;

/// The path of the list.
const PATH: &str = "/consents";

pub(super) async fn list(Extension(incoming): Extension<Incoming>, visit: Visit) -> Response {
    let (visit, present) = match Present::of(&incoming, visit).await {
        Ok(present) => present,
        Err(response) => return response,
    };
    let response = all(&incoming, &present, None).await;
    visit.answer(&incoming, response)
}

pub(super) async fn show(
    Extension(incoming): Extension<Incoming>,
    client_id: Result<Path<String>, PathRejection>,
    visit: Visit,
) -> Response {
    // Not UTF-8: no client has such an id.
    let Ok(Path(client_id)) = client_id else { return incoming.fault(Fault::NotFound) };
    let (visit, present) = match Present::of(&incoming, visit).await {
        Ok(present) => present,
        Err(response) => return response,
    };
    let response = match incoming.provider.allowed_clients(&incoming.context, &present.authentication).await {
        Ok(clients) => match clients.into_iter().find(|client| client.client_id == client_id) {
            Some(client) => page(&withdraw(&incoming, &visit, &client)),
            // It holds nothing any more.
            None => redirect(&incoming.path(PATH)),
        },
        Err(error) => incoming.failed(&error),
    };
    visit.answer(&incoming, response)
}

pub(super) async fn submit(
    Extension(incoming): Extension<Incoming>,
    client_id: Result<Path<String>, PathRejection>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Not UTF-8: no client has such an id.
    let Ok(Path(client_id)) = client_id else { return incoming.fault(Fault::NotFound) };
    let (visit, present) = match Present::of(&incoming, visit).await {
        Ok(present) => present,
        Err(response) => return response,
    };
    let name = form_name(&client_id);
    let binding = visit.personal_binding(&name);
    if let Err(early) = form::read(&incoming, &headers, &body, binding, &[], incoming.path(PATH)) {
        return visit.answer(&incoming, early.into_response());
    }
    let (provider, context) = (&incoming.provider, &incoming.context);
    let response = match provider.withdraw_consents(context, &present.authentication, &client_id).await {
        Ok(ended) => {
            let named = provider.snapshot.client(&client_id).map(|client| client.client_name.clone());
            all(&incoming, &present, ended.then(|| named.unwrap_or(client_id))).await
        }
        Err(error) => incoming.failed(&error),
    };
    visit.answer(&incoming, response)
}

/// Who is signed in.
struct Present {
    authentication: Authentication,
    person: PersonIdentity,
}

impl Present {
    /// Whoever is not signed in does so first.
    async fn of(incoming: &Incoming, visit: Visit) -> Result<(Visit, Self), Response> {
        match (incoming.person(&visit).await, visit.authentication().cloned()) {
            (Some(person), Some(authentication)) => Ok((visit, Self { authentication, person })),
            _ => Err(visit.answer(incoming, redirect(&incoming.path("/")))),
        }
    }
}

async fn all(incoming: &Incoming, present: &Present, withdrawn: Option<String>) -> Response {
    match incoming.provider.allowed_clients(&incoming.context, &present.authentication).await {
        Ok(clients) => page(&Consents {
            page: incoming.page(),
            person: present.person.clone(),
            clients: clients.iter().map(|client| held(incoming, client)).collect(),
            withdrawn,
        }),
        Err(error) => incoming.failed(&error),
    }
}

fn held(incoming: &Incoming, client: &AllowedClient) -> Held {
    Held {
        client_id: client.client_id.clone(),
        client: identity(client),
        scopes: client.scopes.iter().map(|scope| asked(scope)).collect(),
        ago: incoming.context.now.saturating_sub(client.since),
    }
}

fn withdraw(incoming: &Incoming, visit: &Visit, client: &AllowedClient) -> Withdraw {
    Withdraw {
        page: incoming.page(),
        csrf: visit.personal_binding(&form_name(&client.client_id)).token(&incoming.provider.handles),
        client_id: client.client_id.clone(),
        client: identity(client),
        scopes: client.scopes.iter().map(|scope| asked(scope)).collect(),
        claims: client
            .claims
            .iter()
            .map(|name| AskedClaim { name: name.clone(), values: Vec::new() })
            .collect(),
        audiences: client.audiences.clone(),
        since: client.since,
        remembered_until: client.remembered_until,
        now: incoming.context.now,
    }
}

fn identity(client: &AllowedClient) -> ClientIdentity {
    ClientIdentity { name: client.client_name.clone(), host: client.host.clone() }
}

fn asked(scope: &str) -> AskedScope {
    AskedScope { name: scope.to_owned(), values: Vec::new() }
}

/// The token of the form is that of one application: nobody writes another one there.
fn form_name(client_id: &str) -> String {
    format!("withdraw {client_id}")
}
