//! `telemetry`: the figures.

use super::section::Section;
use super::server::{header_bytes, listen_address, timeouts};
use crate::settings::{Family, ListenAddress, Metrics, Server};

const DEFAULT_PORT: u16 = 9959;
const EXAMPLE: &str = "tcp://127.0.0.1:9959/metrics";

/// Where figures are served, when they are.
pub(super) fn metrics(root: &Section<'_>, server: &Server) -> Option<Metrics> {
    let section = root.section("telemetry").section("metrics");
    let mut metrics = Metrics {
        address: ListenAddress::Tcp { host: None, port: DEFAULT_PORT, family: Family::Any },
        path: "/metrics".to_owned(),
        timeouts: timeouts(&section),
        header_bytes: header_bytes(&section),
    };
    if let Some(found) = section.text("address")
        && let Some((address, path)) = listen_address(&found, DEFAULT_PORT, EXAMPLE)
    {
        metrics.address = address;
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte)) {
            found.error(
                "bad_address",
                "the path of the figures may hold letters, digits, and - . _ ~ /",
                format!("write for example {EXAMPLE}"),
            );
        } else if !path.trim_matches('/').is_empty() {
            // The path of a socket that is no network address comes from its query, where no slash is needed.
            metrics.path = format!("/{}", path.trim_start_matches('/'));
        }
    }
    let enabled = section.flag("enabled");
    let chosen_apart = matches!(metrics.address, ListenAddress::Tcp { port: 0, .. });
    if enabled && !chosen_apart && metrics.address == server.address {
        section.error(
            "address",
            "address_in_use",
            "the figures cannot be served at server.address: whoever reaches the provider would read them",
            format!("give them an address of their own, for example {EXAMPLE}"),
        );
    }
    enabled.then_some(metrics)
}
