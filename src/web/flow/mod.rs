//! The pages of a pending authorization. Each does its one thing and comes back to `/flow/ID`, which looks what
//! is next: no page knows another, and a refreshed page cannot skip a step.

pub(super) mod consent;
pub(super) mod device;
pub(super) mod enrol;
pub(super) mod form;
mod open;
pub(super) mod second_factor;
pub(super) mod select_account;
pub(super) mod sign_in;

use axum::response::Response;

use super::authorization_response::redirect;
use super::error::Early;
use crate::provider::authorization::Step;
use open::{Asked, FlowPage, Late, OpenFlow};

/// The path of a pending authorization.
pub(super) fn path(id: &str) -> String {
    format!("/flow/{id}")
}

/// Shows the page that is next, or answers the relying party.
pub(super) async fn get(asked: Asked) -> Result<Response, Early> {
    let open = asked.open().await?;
    let page = match &open.flow.step {
        Step::SelectAccount => &select_account::PAGE,
        Step::SignIn(_) => &sign_in::PAGE,
        Step::SecondFactor => &second_factor::PAGE,
        Step::Enrol => &enrol::PAGE,
        Step::Consent => &consent::PAGE,
        Step::ConfirmDevice => &device::PAGE,
        Step::Deny(_) | Step::Respond(_) => return Ok(open.finish().await),
    };
    let location = format!("{}/{}", path(&open.flow.interaction.id), page.stem);
    let location = open.incoming.path(&location);
    Ok(open.answer(redirect(&location)))
}
