//! Token introspection (RFC 7662 §2).

use axum::Json;
use axum::response::Response;

use super::client_request::ClientRequest;

pub(in crate::web) async fn post(request: ClientRequest) -> Response {
    let answer =
        request.provider().introspect(request.context(), request.authorization(), &request.form).await;
    request.answer(answer.map(Json))
}
