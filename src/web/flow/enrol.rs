//! `/flow/ID/enrol`: a person who has no one-time code sets one up.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::ExposeSecret;

use super::super::error::{Early, flow_page, with_status};
use super::super::pages::enrol::Enrol;
use super::super::refusal::Reason;
use super::super::sign_in;
use super::{Asked, FlowPage, Late, OpenFlow};
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

pub(in crate::web) async fn show(asked: Asked) -> Result<Response, Early> {
    Ok(page(asked.show(&PAGE).await?, false).await)
}

pub(in crate::web) async fn submit(asked: Asked, body: Bytes) -> Result<Response, Early> {
    let (mut open, form) = asked.submit(&PAGE, &body).await?;
    let Some(present) = open.visit.authentication().cloned() else { return Ok(open.next()) };
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
            &context.source(),
            Some(open.visit.browser_hash()),
        )
        .await;
    Ok(match confirmed {
        Ok(()) => match sign_in::second_factor(&open.incoming, &mut open.visit).await {
            Ok(()) => open.next(),
            Err(detail) => {
                let response = open.incoming.unavailable(detail);
                open.answer(response)
            }
        },
        Err(SignInProblem::Refused) => Reason::unproven(Some(&present.username)).on(page(open, true).await),
        Err(problem) => open.unproven(problem),
    })
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
