//! Token revocation (RFC 7009 §2).

use axum::http::StatusCode;
use axum::response::Response;

use super::client_request::ClientRequest;

pub(in crate::web) async fn post(request: ClientRequest) -> Response {
    let answer = request.provider().revoke(request.context(), request.authorization(), &request.form).await;
    request.answer(answer.map(|()| StatusCode::OK))
}
