//! What happened becomes log lines and figures, and refusals wait here to be kept.

mod metrics;
mod refusals;

pub use metrics::{
    MetricsError, OpenConnection, answered, client_refused, found_ready, render_metrics, start_metrics,
    tidy_metrics,
};
pub use refusals::{Batch, Refusals};

use crate::model::event::{Event, EventKind, Outcome};

/// Writes an event to the log: one line, the same field names for every kind. What only reads is told at debug.
pub fn event(event: &Event) {
    metrics::happened(event.kind);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "signet::event",
                event = event.kind.as_str(),
                outcome = event.outcome.as_str(),
                actor = event.actor.as_str(),
                issuer = event.issuer,
                username = event.username,
                client = event.client_id,
                address = event.address.map(tracing::field::display),
                user_agent = event.user_agent,
                grant = event.grant,
                request_id = event.request_id,
                detail = event.detail,
                "{}",
                event.kind.as_str()
            )
        };
    }
    match (event.kind, event.outcome) {
        (EventKind::TokenIntrospected, Outcome::Success) => line!(debug),
        _ => line!(info),
    }
}

/// A number of things, in words.
pub fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
