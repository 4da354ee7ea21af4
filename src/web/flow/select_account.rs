//! `/flow/ID/select-account`: go on as the person who is signed in, or as another.

use axum::body::Bytes;
use axum::response::Response;

use super::super::error::{Early, flow_page};
use super::super::pages::select_account::SelectAccount;
use super::{Asked, FlowPage, Late};
use crate::provider::authorization::Step;

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "select-account",
    fields: &[],
    is_next: |step| *step == Step::SelectAccount,
    personal: true,
    late: Late::GoOn,
};

pub(in crate::web) async fn show(asked: Asked) -> Result<Response, Early> {
    let open = asked.show(&PAGE).await?;
    let Some(person) = open.incoming.person(&open.visit).await else { return Ok(open.next()) };
    let response = flow_page(&SelectAccount {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: open.client(),
        person,
    });
    Ok(open.answer(response))
}

pub(in crate::web) async fn submit(asked: Asked, body: Bytes) -> Result<Response, Early> {
    let (open, form) = asked.submit(&PAGE, &body).await?;
    if form.get("action") == Some("other") {
        return Ok(open.switch_person().await);
    }
    let Some(present) = open.visit.authentication() else { return Ok(open.next()) };
    let (context, interaction) = (&open.incoming.context, &open.flow.interaction.id);
    Ok(match open.incoming.provider.account_selected(context, interaction, present).await {
        Ok(()) => open.next(),
        Err(problem) => open.refuse(problem),
    })
}
