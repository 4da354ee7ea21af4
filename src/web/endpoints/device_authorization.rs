//! The device authorization endpoint (RFC 8628 §3.1).

use axum::Json;
use axum::response::Response;

use super::client_request::ClientRequest;

pub(in crate::web) async fn post(request: ClientRequest) -> Response {
    let provider = request.provider();
    let answer =
        provider.device_authorization(request.context(), request.authorization(), &request.form).await;
    request.answer(answer.map(Json))
}
