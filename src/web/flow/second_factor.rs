//! `/flow/ID/second-factor`: the one-time code.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::error::flow_page;
use super::super::pages::error::Fault;
use super::super::pages::second_factor::SecondFactor;
use super::super::sign_in;
use super::super::state::Incoming;
use super::{OpenFlow, form, path};
use crate::provider::authorization::Step;
use crate::users::SignInProblem;

pub(in crate::web) async fn show(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let open = match OpenFlow::of(incoming, &headers, &id).await {
        Ok(open) => open,
        Err(response) => return *response,
    };
    if open.flow.step != Step::SecondFactor {
        return open.next();
    }
    let response = page(&open, false).await;
    open.answer(response)
}

pub(in crate::web) async fn submit(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut open = match OpenFlow::of(incoming, &headers, &id).await {
        Ok(open) => open,
        Err(response) => return *response,
    };
    let again = open.incoming.path(&path(&id));
    let form_name = form_name(&id);
    let binding = open.visit.binding(&form_name);
    let form = match form::read(&open.incoming, &headers, &body, binding, &["code"], Some(again)) {
        Ok(form) => form,
        Err(response) => return open.answer(*response),
    };
    if form.get("action") == Some("cancel") {
        return open.cancel().await;
    }
    if open.flow.step != Step::SecondFactor {
        return open.next();
    }
    let Some(username) = open.visit.authentication().map(|present| present.username.clone()) else {
        return open.next();
    };
    let context = &open.incoming.context;
    let accepted = open
        .incoming
        .provider
        .users
        .accept_code(
            &username,
            form.get("code").unwrap_or_default(),
            context.address,
            Some(open.visit.browser_hash()),
            &context.request_id,
        )
        .await;
    let response = match accepted {
        Ok(()) => match sign_in::second_factor(&open.incoming, &mut open.visit).await {
            Ok(()) => return open.next(),
            Err(detail) => open.incoming.unavailable(detail),
        },
        Err(SignInProblem::Refused) => page(&open, true).await,
        Err(SignInProblem::Busy) => open.incoming.fault(Fault::Busy),
        Err(SignInProblem::Unavailable(error)) => open.incoming.unavailable(error),
    };
    open.answer(response)
}

fn form_name(id: &str) -> String {
    format!("second-factor {id}")
}

async fn page(open: &OpenFlow, refused: bool) -> Response {
    let users = &open.incoming.provider.users;
    let digits = match open.visit.authentication() {
        Some(present) => users.totp_digits(&present.username).await.ok().flatten().unwrap_or(6),
        None => 6,
    };
    let form_name = form_name(&open.flow.interaction.id);
    let response = flow_page(&SecondFactor {
        page: open.incoming.page(),
        csrf: open.visit.binding(&form_name).token(&open.incoming.provider.handles),
        client: Some(open.client()),
        digits,
        refused,
    });
    if refused {
        super::super::error::with_status(response, axum::http::StatusCode::BAD_REQUEST)
    } else {
        response
    }
}
