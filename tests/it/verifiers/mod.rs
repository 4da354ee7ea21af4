//! Verifiers that others wrote, rule by rule, with Signet as their issuer: a registry's, a tool server's, and what
//! the programs of `docs/relying-parties/` together demand of an issuer.

mod acceptance;
pub mod angos;
mod angos_cases;
mod published;
mod rotation;
mod toolbox;

use serde_json::{Map, Value};

use crate::support::{App, Client};

/// The clients that these tests speak of.
const CLIENTS: &str = include_str!("verifiers.yml");

/// A provider whose alice is one of `registry-admins`.
async fn issuer() -> App {
    let app = App::with(CLIENTS).await;
    app.rewrite_people(
        |people| people.iter_mut().for_each(|person| person.groups.insert(0, "registry-admins")),
        "alice",
        |user| user.is_some_and(|user| user.groups.iter().any(|group| group == "registry-admins")),
    )
    .await;
    app
}

/// The access token that a machine gets for itself.
async fn machine_token(app: &App, client: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend(more);
    let body = Client::new(app, client).token(&fields).await.expect(200).json();
    body["access_token"].as_str().expect("a token").to_owned()
}

/// A part of a token, nothing verified.
fn part(token: &str, number: usize) -> Option<Map<String, Value>> {
    use base64::Engine as _;
    let text = token.split('.').nth(number)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}
