//! Figures for Prometheus: what is asked, how long it takes, what is refused, what happens.
//!
//! Like the log, they are handed to a facade that is silent until somebody listens. Every label has a small set of
//! values that the code knows, so a stranger cannot make figures grow.

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;

use crate::model::event::EventKind;

const REQUESTS: &str = "signet_http_requests_total";
const DURATION: &str = "signet_http_request_duration_seconds";
const CONNECTIONS: &str = "signet_http_connections";
const ERRORS: &str = "signet_oauth_errors_total";
const EVENTS: &str = "signet_events_total";
const READY: &str = "signet_ready";
const BUILD: &str = "signet_build_info";

/// Upper bounds of the durations, in seconds: from an answer out of memory to one that waited for a password.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Set once figures are counted.
static FIGURES: OnceLock<Figures> = OnceLock::new();

struct Figures {
    handle: PrometheusHandle,
    process: Collector,
}

/// Figures cannot be counted.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be counted: {0}")]
pub struct MetricsError(String);

/// Begins to count; a second call changes nothing. The figures are those of the process.
///
/// # Errors
/// When another part of the process counts already.
pub fn start_metrics() -> Result<(), MetricsError> {
    if FIGURES.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| MetricsError(error.to_string()))?;
    let process = Collector::default();
    process.describe();
    describe_counter!(REQUESTS, "Answers by endpoint, method and status.");
    describe_histogram!(DURATION, "Seconds from the head of a request to its answer, by endpoint.");
    describe_gauge!(CONNECTIONS, "Open connections.");
    describe_counter!(ERRORS, "Refusals of clients by error code (RFC 6749 §5.2 and others).");
    describe_counter!(EVENTS, "What happened, by kind; the same names stand in the log.");
    describe_gauge!(READY, "Whether the last look at the database found it writable.");
    describe_gauge!(BUILD, "Always 1; the version is a label.");
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!(CONNECTIONS).set(0.0);
    let _ = FIGURES.set(Figures { handle, process });
    Ok(())
}

/// All figures in the text format of Prometheus; nothing when none are counted.
#[must_use]
pub fn render_metrics() -> Option<String> {
    let figures = FIGURES.get()?;
    figures.process.collect();
    Some(figures.handle.render())
}

/// Keeps memory bounded: durations that nobody asked for yet are put into their buckets. Call it now and then.
pub fn tidy_metrics() {
    if let Some(figures) = FIGURES.get() {
        figures.handle.run_upkeep();
    }
}

/// Counts an answer. `endpoint` is a path of the router's table, never one that was asked for.
pub fn answered(endpoint: &'static str, method: &str, status: u16, took: Duration) {
    if FIGURES.get().is_none() {
        return;
    }
    let method = match method {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    };
    counter!(REQUESTS, "endpoint" => endpoint, "method" => method, "status" => status.to_string())
        .increment(1);
    histogram!(DURATION, "endpoint" => endpoint).record(took);
}

/// Counts a refusal of a client by its error code.
pub fn client_refused(code: &'static str) {
    if FIGURES.get().is_some() {
        counter!(ERRORS, "error" => code).increment(1);
    }
}

/// Counts something that happened.
pub(super) fn happened(kind: EventKind) {
    if FIGURES.get().is_some() {
        counter!(EVENTS, "event" => kind.as_str()).increment(1);
    }
}

/// Tells what the last look at the database found.
pub fn found_ready(ready: bool) {
    if FIGURES.get().is_some() {
        gauge!(READY).set(if ready { 1.0 } else { 0.0 });
    }
}

/// An open connection: counted until it is dropped.
#[derive(Debug)]
pub struct OpenConnection(());

impl OpenConnection {
    /// Counts one more.
    #[must_use]
    pub fn count() -> Self {
        gauge!(CONNECTIONS).increment(1.0);
        Self(())
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        gauge!(CONNECTIONS).decrement(1.0);
    }
}
