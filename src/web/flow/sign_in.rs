//! `/flow/ID/sign-in`: username and password.

use axum::body::Bytes;
use axum::response::Response;

use super::super::error::{Early, flow_page};
use super::super::pages::error::Fault;
use super::super::pages::sign_in::SignIn;
use super::super::refusal::Reason;
use super::super::sign_in::{self, Outcome};
use super::{Asked, FlowPage, Late, OpenFlow};
use crate::provider::authorization::{SignInReason, Step};

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "sign-in",
    fields: &["username", "password", "remember"],
    is_next: |step| matches!(step, Step::SignIn(_)),
    personal: false,
    late: Late::GoOn,
};

pub(in crate::web) async fn show(asked: Asked) -> Result<Response, Early> {
    let open = asked.show(&PAGE).await?;
    let present = open.visit.authentication().filter(|_| is_again(&open));
    let present = present.map(|authentication| authentication.username.clone());
    let username = present.or_else(|| open.flow.interaction.request.login_hint.clone());
    let response = page(&open, username.unwrap_or_default(), false, false);
    Ok(open.answer(response))
}

pub(in crate::web) async fn submit(asked: Asked, body: Bytes) -> Result<Response, Early> {
    let (mut open, form) = asked.submit(&PAGE, &body).await?;
    let response = match sign_in::sign_in(&open.incoming, &mut open.visit, &form).await {
        Outcome::SignedIn(authentication) => {
            let context = &open.incoming.context;
            let interaction = &open.flow.interaction.id;
            return Ok(match open.incoming.provider.signed_in(context, interaction, &authentication).await {
                Ok(()) => open.next(),
                Err(problem) => open.refuse(problem),
            });
        }
        Outcome::Refused => {
            let username = form.get("username").unwrap_or_default().to_owned();
            Reason::unproven(None).on(page(&open, username, form.get("remember") == Some("true"), true))
        }
        Outcome::Busy => open.incoming.fault(Fault::Busy),
        Outcome::Unavailable(detail) => open.incoming.unavailable(detail),
    };
    Ok(open.answer(response))
}

/// Whether the present person is asked to prove it again.
fn is_again(open: &OpenFlow) -> bool {
    open.flow.step == Step::SignIn(SignInReason::Again)
}

fn page(open: &OpenFlow, username: String, remember: bool, refused: bool) -> Response {
    let offered = open.incoming.settings().is_some_and(|settings| settings.remember_me.is_some());
    flow_page(&SignIn {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: Some(open.client()),
        username,
        remember: offered.then_some(remember),
        confirm: is_again(open),
        forgot: open.incoming.forgot(),
        refused,
    })
}
