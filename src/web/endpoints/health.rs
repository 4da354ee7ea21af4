//! `/api/health`: alive; `/api/health/ready`: able to work. Both answer on every Host.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::provider::Provider;
use crate::provider::readiness::NotReady;

/// Alive: asks nobody.
pub(in crate::web) async fn live(Extension(provider): Extension<Arc<Provider>>) -> Response {
    if provider.snapshot.settings.server.disable_healthcheck {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(json!({"status": "OK"})).into_response()
}

/// Ready: the store can be written, and the process is not about to end.
pub(in crate::web) async fn ready(Extension(provider): Extension<Arc<Provider>>) -> Response {
    if provider.snapshot.settings.server.disable_healthcheck {
        return StatusCode::NOT_FOUND.into_response();
    }
    match provider.ready().await {
        Ok(()) => Json(json!({"status": "OK"})).into_response(),
        Err(error) => {
            match error {
                NotReady::Storage(error) => tracing::warn!(%error, "not ready"),
                NotReady::Stopping => tracing::debug!("not ready: stopping"),
            }
            let mut response =
                (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "KO"}))).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
    }
}
