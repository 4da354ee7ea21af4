//! `/flow/ID/sign-in`: username and password.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::error::flow_page;
use super::super::pages::error::Fault;
use super::super::pages::sign_in::SignIn;
use super::super::sign_in::{self, Outcome};
use super::super::state::Incoming;
use super::{OpenFlow, form, path};
use crate::provider::authorization::{SignInReason, Step};

pub(in crate::web) async fn show(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let open = match OpenFlow::of(incoming, &headers, &id).await {
        Ok(open) => open,
        Err(response) => return *response,
    };
    let Step::SignIn(reason) = open.flow.step else { return open.next() };
    let present = open
        .visit
        .authentication()
        .filter(|_| reason == SignInReason::Again)
        .map(|authentication| authentication.username.clone());
    let username = present.or_else(|| open.flow.interaction.request.login_hint.clone());
    let response = page(&open, reason, username.unwrap_or_default(), false, false);
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
    let binding = open.visit.sign_in_binding(&form_name);
    let fields = ["username", "password", "remember"];
    let form = match form::read(&open.incoming, &headers, &body, binding, &fields, Some(again)) {
        Ok(form) => form,
        Err(response) => return open.answer(*response),
    };
    if form.get("action") == Some("cancel") {
        return open.cancel().await;
    }
    let Step::SignIn(reason) = open.flow.step else { return open.next() };
    let remember = form.get("remember") == Some("true");
    match sign_in::sign_in(&open.incoming, &mut open.visit, &form).await {
        Outcome::SignedIn(authentication) => {
            let context = &open.incoming.context;
            let interaction = &open.flow.interaction.id;
            match open.incoming.provider.signed_in(context, interaction, &authentication).await {
                Ok(()) => open.next(),
                Err(problem) => {
                    let response = super::refuse(&open.incoming, problem);
                    open.answer(response)
                }
            }
        }
        Outcome::Refused => {
            let username = form.get("username").unwrap_or_default().to_owned();
            let response = page(&open, reason, username, remember, true);
            open.answer(response)
        }
        Outcome::Busy => {
            let response = open.incoming.fault(Fault::Busy);
            open.answer(response)
        }
        Outcome::Unavailable(detail) => {
            let response = open.incoming.unavailable(detail);
            open.answer(response)
        }
    }
}

fn form_name(id: &str) -> String {
    format!("sign-in {id}")
}

fn page(open: &OpenFlow, reason: SignInReason, username: String, remember: bool, refused: bool) -> Response {
    let offered = open.incoming.settings().is_some_and(|settings| settings.remember_me.is_some());
    let form_name = form_name(&open.flow.interaction.id);
    flow_page(&SignIn {
        page: open.incoming.page(),
        csrf: open.visit.sign_in_binding(&form_name).token(&open.incoming.provider.handles),
        client: Some(open.client()),
        username,
        remember: offered.then_some(remember),
        confirm: reason == SignInReason::Again,
        refused,
    })
}
