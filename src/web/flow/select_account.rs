//! `/flow/ID/select-account`: go on as the person who is signed in, or as another.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::super::error::flow_page;
use super::super::pages::select_account::SelectAccount;
use super::super::state::Incoming;
use super::{OpenFlow, form, path};
use crate::provider::authorization::Step;

pub(in crate::web) async fn show(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let open = match OpenFlow::of(incoming, &headers, &id).await {
        Ok(open) => open,
        Err(response) => return *response,
    };
    let Some(person) = open.incoming.person(&open.visit) else { return open.next() };
    if open.flow.step != Step::SelectAccount {
        return open.next();
    }
    let form_name = form_name(&id);
    let response = flow_page(&SelectAccount {
        page: open.incoming.page(),
        csrf: open.visit.binding(&form_name).token(&open.incoming.provider.handles),
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
    let mut open = match OpenFlow::of(incoming, &headers, &id).await {
        Ok(open) => open,
        Err(response) => return *response,
    };
    let again = open.incoming.path(&path(&id));
    let form_name = form_name(&id);
    let binding = open.visit.binding(&form_name);
    let form = match form::read(&open.incoming, &headers, &body, binding, &[], Some(again)) {
        Ok(form) => form,
        Err(response) => return open.answer(*response),
    };
    if open.flow.step != Step::SelectAccount {
        return open.next();
    }
    match form.get("action") {
        Some("cancel") => open.cancel().await,
        Some("other") => match open.visit.sign_out(&open.incoming).await {
            Ok(()) => open.next(),
            Err(error) => {
                let response = open.incoming.unavailable(error);
                open.answer(response)
            }
        },
        _ => {
            let context = &open.incoming.context;
            let selected = open.incoming.provider.account_selected(context, &open.flow.interaction.id).await;
            match selected {
                Ok(()) => open.next(),
                Err(problem) => {
                    let response = super::refuse(&open.incoming, problem);
                    open.answer(response)
                }
            }
        }
    }
}

fn form_name(id: &str) -> String {
    format!("select-account {id}")
}
