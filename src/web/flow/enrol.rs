//! `/flow/ID/enrol`: a person who has no one-time code sets one up.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use secrecy::ExposeSecret;

use super::super::error::{flow_page, with_status};
use super::super::pages::enrol::Enrol;
use super::super::pages::error::Fault;
use super::super::sign_in;
use super::super::state::Incoming;
use super::{OpenFlow, form, path};
use crate::model::authentication::Authentication;
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
    match open.visit.authentication().cloned() {
        Some(present) if open.flow.step == Step::Enrol => {
            let response = page(&open, &present, false).await;
            open.answer(response)
        }
        _ => open.next(),
    }
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
    let Some(present) = open.visit.authentication().cloned() else { return open.next() };
    if open.flow.step != Step::Enrol {
        return open.next();
    }
    let context = &open.incoming.context;
    let confirmed = open
        .incoming
        .provider
        .users
        .confirm_enrolment(
            &present.session,
            &present.username,
            form.get("code").unwrap_or_default(),
            context.address,
            Some(open.visit.browser_hash()),
            &context.request_id,
        )
        .await;
    let response = match confirmed {
        Ok(()) => match sign_in::second_factor(&open.incoming, &mut open.visit).await {
            Ok(()) => return open.next(),
            Err(detail) => open.incoming.unavailable(detail),
        },
        Err(SignInProblem::Refused) => page(&open, &present, true).await,
        Err(SignInProblem::Busy) => open.incoming.fault(Fault::Busy),
        Err(SignInProblem::Unavailable(error)) => open.incoming.unavailable(error),
    };
    open.answer(response)
}

fn form_name(id: &str) -> String {
    format!("enrol {id}")
}

async fn page(open: &OpenFlow, present: &Authentication, refused: bool) -> Response {
    let enrolment = open.incoming.provider.users.enrolment(&present.session, &present.username).await;
    let view = match enrolment {
        Ok(Some(view)) => view,
        Ok(None) => {
            // Enrolled meanwhile in another tab.
            let location = open.incoming.path(&path(&open.flow.interaction.id));
            return super::redirect(&location);
        }
        Err(error) => return open.incoming.unavailable(error),
    };
    let form_name = form_name(&open.flow.interaction.id);
    let response = flow_page(&Enrol {
        page: open.incoming.page(),
        csrf: open.visit.binding(&form_name).token(&open.incoming.provider.handles),
        client: Some(open.client()),
        secret: view.secret.expose_secret().to_owned(),
        otpauth_uri: view.uri,
        digits: view.digits,
        refused,
    });
    if refused { with_status(response, StatusCode::BAD_REQUEST) } else { response }
}
