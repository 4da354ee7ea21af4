//! `/flow/ID/select-account`: go on as the person who is signed in, or as another.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::error::flow_page;
use super::super::pages::select_account::SelectAccount;
use super::super::state::Incoming;
use super::{FlowPage, Late, OpenFlow};
use crate::provider::authorization::Step;

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "select-account",
    fields: &[],
    is_next: |step| *step == Step::SelectAccount,
    personal: true,
    late: Late::GoOn,
};

pub(in crate::web) async fn show(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let open = match OpenFlow::show(incoming, &headers, &id, &PAGE).await {
        Ok(open) => open,
        Err(response) => return *response,
    };
    let Some(person) = open.incoming.person(&open.visit).await else { return open.next() };
    let response = flow_page(&SelectAccount {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: open.client(),
        person,
    });
    open.answer(response)
}

pub(in crate::web) async fn submit(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (open, form) = match OpenFlow::submit(incoming, &headers, &id, &PAGE, &body).await {
        Ok(submitted) => submitted,
        Err(response) => return *response,
    };
    if form.get("action") == Some("other") {
        return open.switch_person().await;
    }
    let context = &open.incoming.context;
    match open.incoming.provider.account_selected(context, &open.flow.interaction.id).await {
        Ok(()) => open.next(),
        Err(problem) => open.refuse(problem),
    }
}
