//! Pushed authorization requests (RFC 9126 §2).

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;

use super::client_request::ClientRequest;

pub(in crate::web) async fn post(request: ClientRequest) -> Response {
    let answer = request.provider().push(request.context(), request.authorization(), &request.form).await;
    request.answer(answer.map(|answer| (StatusCode::CREATED, Json(answer))))
}
