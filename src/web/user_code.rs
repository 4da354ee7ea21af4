//! `/consent/openid/device-authorization`: a person types the code that a device shows (RFC 8628 §3.3).

use axum::Extension;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::authorization_response::redirect;
use super::error::{page, with_status};
use super::flow::{self, form};
use super::pages::user_code::{Refused, UserCodePage};
use super::parameters;
use super::refusal::Reason;
use super::session::Visit;
use super::state::Incoming;
use crate::provider::authorization::DeviceProblem;
use crate::provider::discovery::paths;
use crate::secrets::user_code::UserCode;

/// The name of the form, for its token.
const FORM: &str = "user code";

/// How much of what was typed is shown again, in characters.
const LONGEST: usize = 32;

/// A code in the address is written into the field and no more: a person looks at it and presses the button.
pub(super) async fn show(Extension(incoming): Extension<Incoming>, visit: Visit, uri: Uri) -> Response {
    let query = parameters::of_query(&uri).ok().filter(|query| query.repeated().is_none());
    let prefilled = query.and_then(|query| UserCode::parse(query.get("user_code")?));
    let code = prefilled.map(|code| code.shown()).unwrap_or_default();
    let response = ask(&incoming, &visit, code, None);
    visit.answer(&incoming, response)
}

pub(super) async fn submit(
    Extension(incoming): Extension<Incoming>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let again = incoming.path(paths::DEVICE_VERIFICATION);
    let form = match form::read(&incoming, &headers, &body, visit.binding(FORM), &["user_code"], again) {
        Ok(form) => form,
        Err(early) => return visit.answer(&incoming, early.into_response()),
    };
    let typed = form.get("user_code").unwrap_or_default();
    let opened = incoming.provider.open_device(&incoming.context, visit.visitor(), typed).await;
    let shown = || typed.chars().take(LONGEST).collect::<String>();
    let response = match opened {
        Ok(id) => redirect(&incoming.path(&flow::path(&id))),
        Err(DeviceProblem::Unknown) => refused("the code is unknown, used or ended").on(ask(
            &incoming,
            &visit,
            shown(),
            Some(Refused::Unknown),
        )),
        Err(DeviceProblem::TooManyGuesses) => {
            let page = ask(&incoming, &visit, shown(), Some(Refused::TooMany));
            refused("too many wrong codes came from this browser or this address")
                .on(with_status(page, StatusCode::TOO_MANY_REQUESTS))
        }
        Err(DeviceProblem::Unavailable(error)) => incoming.failed(&error),
    };
    visit.answer(&incoming, response)
}

fn ask(incoming: &Incoming, visit: &Visit, code: String, refused: Option<Refused>) -> Response {
    page(&UserCodePage {
        page: incoming.page(),
        csrf: visit.binding(FORM).token(&incoming.provider.handles),
        code,
        refused,
    })
}

fn refused(words: &str) -> Reason {
    Reason { error: "user_code".to_owned(), words: words.to_owned(), ..Reason::default() }
}
