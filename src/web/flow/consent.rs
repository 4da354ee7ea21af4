//! `/flow/ID/consent`: what a client would get, and the person's answer.

use axum::body::Bytes;
use axum::response::Response;
use serde_json::Value;

use super::super::error::{Early, flow_page};
use super::super::pages::consent::{CLAIM, Consent};
use super::super::pages::scopes::{AskedClaim, AskedScope};
use super::{Asked, FlowPage, Late, OpenFlow};
use crate::model::consent;
use crate::protocol::parameters::Parameters;
use crate::provider::authorization::{ConsentAnswer, Flow, Step};

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "consent",
    fields: &["remember", "claim:*"],
    is_next: |step| *step == Step::Consent,
    personal: true,
    late: Late::GoOn,
};

pub(in crate::web) async fn show(asked: Asked) -> Result<Response, Early> {
    let open = asked.show(&PAGE).await?;
    let Some(person) = open.incoming.person(&open.visit).await else { return Ok(open.next()) };
    let request = &open.flow.interaction.request;
    let (claims, optional_claims) = asked_claims(&open);
    let response = flow_page(&Consent {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: open.client(),
        person,
        scopes: request.scope.iter().map(|scope| asked_scope(&open, scope)).collect(),
        claims,
        optional_claims,
        audiences: request.audience.clone(),
        remember_for: open.flow.remembers(),
    });
    Ok(open.answer(response))
}

pub(in crate::web) async fn submit(asked: Asked, body: Bytes) -> Result<Response, Early> {
    let (open, form) = asked.submit(&PAGE, &body).await?;
    if form.get("action") == Some("other") {
        return Ok(open.switch_person().await);
    }
    let answer = match form.get("action") {
        Some("allow") => ConsentAnswer::Allow {
            remember: form.get("remember") == Some("true"),
            claims: chosen_claims(&form),
        },
        _ => ConsentAnswer::Deny,
    };
    let context = &open.incoming.context;
    let concluded = open.incoming.provider.consent(context, &open.flow, open.visit.visitor(), answer).await;
    Ok(open.conclude(concluded).await)
}

/// A scope with this person's own values: what the client will read at userinfo.
pub(super) fn asked_scope(open: &OpenFlow, scope: &str) -> AskedScope {
    let claims = open
        .visit
        .authentication()
        .map(|present| open.incoming.provider.claims_of_scope(&open.flow.client, &present.username, scope));
    let values = claims.unwrap_or_default().into_iter();
    let shown = values.filter(|(name, _)| !HIDDEN.contains(&name.as_str()));
    let values = shown.flat_map(|(_, value)| words(value));
    let values = if scope == "profile" { each_once(values) } else { values.collect() };
    AskedScope { name: scope.to_owned(), values }
}

/// The single claims that are asked for beyond the scopes: those that are part of what is allowed, and those that the
/// person may add.
pub(super) fn asked_claims(open: &OpenFlow) -> (Vec<AskedClaim>, Vec<AskedClaim>) {
    let request = &open.flow.interaction.request;
    let beyond = open.incoming.provider.claims_beyond_scopes(&open.flow.client, request);
    let (essential, optional): (Vec<_>, Vec<_>) = beyond.into_iter().partition(|claim| claim.essential);
    let asked = |claims: Vec<_>| claims.iter().map(|claim| asked_claim(open, claim)).collect();
    (asked(essential), asked(optional))
}

/// The single claims that the person added.
pub(super) fn chosen_claims(form: &Parameters) -> Vec<String> {
    form.pairs()
        .filter(|(_, value)| *value == "true")
        .filter_map(|(name, _)| name.strip_prefix(CLAIM).map(str::to_owned))
        .collect()
}

/// A single claim with this person's own value, as it is asked for.
fn asked_claim(open: &OpenFlow, claim: &consent::AskedClaim) -> AskedClaim {
    let Flow { client, interaction, .. } = &open.flow;
    let values = open.visit.authentication().map(|present| {
        let asked = &interaction.request.claims;
        open.incoming.provider.claim_of_person(client, &present.username, &claim.name, asked)
    });
    let values = values.unwrap_or_default().into_iter().flat_map(words).collect();
    AskedClaim { name: claim.name.clone(), values }
}

/// Leaves out what an earlier value says as one of its words: the parts of the name after the whole name.
fn each_once(values: impl Iterator<Item = String>) -> Vec<String> {
    values.fold(Vec::new(), |mut told: Vec<String>, value| {
        if !told.iter().any(|earlier| earlier.split(' ').any(|word| word == value)) {
            told.push(value);
        }
        told
    })
}

/// Claims that would say nothing to the person.
const HIDDEN: [&str; 5] =
    ["updated_at", "email_verified", "phone_number_verified", "picture", "preferred_username"];

fn words(value: Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.into_iter().flat_map(words).collect(),
        Value::Object(fields) => {
            vec![fields.into_iter().flat_map(|(_, field)| words(field)).collect::<Vec<_>>().join(", ")]
        }
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(_) | Value::Null => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_name_are_not_told_again() {
        let values = ["Alice Liddell", "Alice", "Liddell", "Pleasance", "female"].map(str::to_owned);
        assert_eq!(each_once(values.into_iter()), ["Alice Liddell", "Pleasance", "female"]);
    }
}
