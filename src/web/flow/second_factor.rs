//! `/flow/ID/second-factor`: the one-time code.

use axum::Extension;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::error::{Early, flow_page, with_status};
use super::super::pages::second_factor::SecondFactor;
use super::super::rate_limit::Limit;
use super::super::refusal::Reason;
use super::super::sign_in;
use super::{Asked, FlowPage, Late, OpenFlow};
use crate::provider::authorization::Step;
use crate::users::SignInProblem;

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "second-factor",
    fields: &["code"],
    is_next: |step| *step == Step::SecondFactor,
    personal: false,
    late: Late::Refuse,
};

pub(in crate::web) async fn show(asked: Asked) -> Result<Response, Early> {
    let open = asked.show(&PAGE).await?;
    let response = page(&open, false).await;
    Ok(open.answer(response))
}

pub(in crate::web) async fn submit(
    asked: Asked,
    Extension(limit): Extension<Limit>,
    body: Bytes,
) -> Result<Response, Early> {
    let (mut open, form) = asked.submit(&PAGE, &body).await?;
    let Some(username) = open.visit.authentication().map(|present| present.username.clone()) else {
        return Ok(open.next());
    };
    let turn = match limit.enter_page(&open.incoming, username.clone()).await {
        Ok(turn) => turn,
        Err(refused) => return Ok(open.answer(refused.into_response())),
    };
    let context = &open.incoming.context;
    let code = form.get("code").unwrap_or_default();
    let browser = Some(open.visit.browser_hash());
    let users = &open.incoming.provider.users;
    let judged = users.accept_code(&username, code, &context.source(), browser).await;
    if !matches!(judged, Err(SignInProblem::Refused)) {
        turn.passed();
    }
    let response = match judged {
        Ok(()) => match sign_in::second_factor(&open.incoming, &mut open.visit).await {
            Ok(()) => return Ok(open.next()),
            Err(detail) => open.incoming.unavailable(detail),
        },
        Err(SignInProblem::Refused) => {
            let response = with_status(page(&open, true).await, StatusCode::BAD_REQUEST);
            Reason::unproven(Some(&username)).on(response)
        }
        Err(problem) => return Ok(open.unproven(problem)),
    };
    Ok(open.answer(response))
}

async fn page(open: &OpenFlow, refused: bool) -> Response {
    let users = &open.incoming.provider.users;
    let digits = match open.visit.authentication() {
        Some(present) => users.totp_digits(&present.username).await.ok().flatten(),
        None => None,
    };
    flow_page(&SecondFactor {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: Some(open.client()),
        digits: digits.unwrap_or(6),
        refused,
    })
}
