//! `/flow/ID/enrol`: a person who has no one-time code sets one up.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use secrecy::ExposeSecret;

use super::super::error::{flow_page, with_status};
use super::super::pages::enrol::Enrol;
use super::super::sign_in;
use super::super::state::Incoming;
use super::{FlowPage, Late, OpenFlow};
use crate::provider::authorization::Step;
use crate::users::SignInProblem;

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "enrol",
    fields: &["code"],
    is_next: |step| *step == Step::Enrol,
    personal: false,
    late: Late::Refuse,
};

pub(in crate::web) async fn show(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match OpenFlow::show(incoming, &headers, &id, &PAGE).await {
        Ok(open) => page(open, false).await,
        Err(response) => *response,
    }
}

pub(in crate::web) async fn submit(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (mut open, form) = match OpenFlow::submit(incoming, &headers, &id, &PAGE, &body).await {
        Ok(submitted) => submitted,
        Err(response) => return *response,
    };
    let Some(present) = open.visit.authentication().cloned() else { return open.next() };
    let context = &open.incoming.context;
    let code = form.get("code").unwrap_or_default();
    let confirmed = open
        .incoming
        .provider
        .users
        .confirm_enrolment(
            &present.session,
            &present.username,
            code,
            context.address,
            Some(open.visit.browser_hash()),
            &context.request_id,
        )
        .await;
    match confirmed {
        Ok(()) => match sign_in::second_factor(&open.incoming, &mut open.visit).await {
            Ok(()) => open.next(),
            Err(detail) => {
                let response = open.incoming.unavailable(detail);
                open.answer(response)
            }
        },
        Err(SignInProblem::Refused) => page(open, true).await,
        Err(problem) => open.unproven(problem),
    }
}

async fn page(open: OpenFlow, refused: bool) -> Response {
    let Some(present) = open.visit.authentication() else { return open.next() };
    let enrolment = open.incoming.provider.users.enrolment(&present.session, &present.username).await;
    let view = match enrolment {
        Ok(Some(view)) => view,
        // Enrolled meanwhile in another tab.
        Ok(None) => return open.next(),
        Err(error) => {
            let response = open.incoming.unavailable(error);
            return open.answer(response);
        }
    };
    let response = flow_page(&Enrol {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: Some(open.client()),
        secret: view.secret.expose_secret().to_owned(),
        otpauth_uri: view.uri,
        digits: view.digits,
        refused,
    });
    open.answer(if refused { with_status(response, StatusCode::BAD_REQUEST) } else { response })
}
