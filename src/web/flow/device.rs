//! `/flow/ID/device`: which device asks for what, and the person's answer (RFC 8628 §3.3, §5.4).

use axum::body::Bytes;
use axum::response::Response;

use super::super::error::{Early, flow_page, page};
use super::super::pages::ClientIdentity;
use super::super::pages::device::Device;
use super::super::pages::device_answered::{DeviceAnswered, Outcome};
use super::super::refusal::Reason;
use super::super::state::Incoming;
use super::consent::{asked_claims, asked_scope, chosen_claims};
use super::{Asked, FlowPage, Late};
use crate::model::network::subscriber;
use crate::provider::authorization::{DeviceAnswer, DeviceOutcome, Step};

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "device",
    fields: &["claim:*"],
    is_next: |step| *step == Step::ConfirmDevice,
    personal: true,
    late: Late::GoOn,
};

pub(in crate::web) async fn show(asked: Asked) -> Result<Response, Early> {
    let open = asked.show(&PAGE).await?;
    let Some(person) = open.incoming.person(&open.visit).await else { return Ok(open.next()) };
    let Some(device) = open.flow.device() else { return Ok(open.next()) };
    let request = &open.flow.interaction.request;
    let context = &open.incoming.context;
    let (claims, optional_claims) = asked_claims(&open);
    let response = flow_page(&Device {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: ClientIdentity {
            name: open.flow.client.client_name.clone(),
            host: open.flow.client.host().map(str::to_owned),
        },
        person,
        user_code: open.incoming.provider.user_code(device).shown(),
        address: device.address.to_canonical().to_string(),
        same_place: subscriber(device.address) == subscriber(context.address),
        asked_at: request.requested_at,
        now: context.now,
        scopes: request.scope.iter().map(|scope| asked_scope(&open, scope)).collect(),
        claims,
        optional_claims,
        audiences: request.audience.clone(),
    });
    Ok(open.answer(response))
}

pub(in crate::web) async fn submit(asked: Asked, body: Bytes) -> Result<Response, Early> {
    let (open, form) = asked.submit(&PAGE, &body).await?;
    if form.get("action") == Some("other") {
        return Ok(open.switch_person().await);
    }
    let allowed = (form.get("action") == Some("allow")).then(|| chosen_claims(&form));
    let context = &open.incoming.context;
    let provider = &open.incoming.provider;
    let concluded =
        provider.confirm_device(context, &open.flow, open.visit.visitor(), allowed.as_deref()).await;
    Ok(open.conclude(concluded).await)
}

/// The page that sends the person back to the device.
pub(super) fn device_answered(incoming: &Incoming, answer: DeviceAnswer) -> Response {
    let outcome = match answer.outcome {
        DeviceOutcome::Allowed => Outcome::Allowed,
        DeviceOutcome::Denied => Outcome::Denied,
        DeviceOutcome::Forbidden => Outcome::Forbidden,
    };
    let response = page(&DeviceAnswered { page: incoming.page(), client: answer.client_name, outcome });
    if outcome != Outcome::Forbidden {
        return response;
    }
    let words = "the person may not use the client; the event of this request says by which rule".to_owned();
    Reason { error: "access_denied".to_owned(), words, ..Reason::default() }.on(response)
}
