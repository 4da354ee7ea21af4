//! Events become log lines and figures.

mod metrics;

pub use metrics::{
    MetricsError, OpenConnection, answered, client_refused, found_ready, render_metrics, start_metrics,
    tidy_metrics,
};

use crate::model::event::Event;

/// Writes an event to the log: one line, the same field names for every kind.
pub fn event(event: &Event) {
    metrics::happened(event.kind);
    let address = event.address.map(|address| address.to_string());
    tracing::info!(
        target: "signet::event",
        event = event.kind.as_str(),
        issuer = event.issuer,
        username = event.username,
        client = event.client_id,
        address,
        grant = event.grant,
        request_id = event.request_id,
        detail = event.detail,
        "{}",
        event.kind.as_str()
    );
}
