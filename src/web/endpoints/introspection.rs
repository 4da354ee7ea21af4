//! Token introspection (RFC 7662 §2).

use axum::Json;
use axum::response::Response;

use super::super::rate_limit::Failed;
use super::client_request::ClientRequest;

pub(in crate::web) async fn post(request: ClientRequest) -> Response {
    let answer =
        request.provider().introspect(request.context(), request.authorization(), &request.form).await;
    let inactive = answer.as_ref().is_ok_and(|answer| answer.get("active") != Some(&true.into()));
    let mut response = request.answer(answer.map(Json));
    if inactive {
        response.extensions_mut().insert(Failed);
    }
    response
}
