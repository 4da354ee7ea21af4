//! `telemetry`: the figures.

use super::duration::Span;
use super::section::Section;
use super::server::tcp;
use crate::settings::{ListenAddress, Metrics, Server};

const DEFAULT_PORT: u16 = 9959;
const EXAMPLE: &str = "tcp://127.0.0.1:9959/metrics";

/// Where figures are served, when they are.
pub(super) fn metrics(root: &Section<'_>, server: &Server) -> Option<Metrics> {
    let section = root.section("telemetry").section("metrics");
    let mut metrics = Metrics {
        address: ListenAddress { host: None, port: DEFAULT_PORT },
        path: "/metrics".to_owned(),
        read_timeout: section.section("timeouts").time("read", Span::of_seconds(6)).duration(),
    };
    if let Some(found) = section.text("address")
        && let Some((address, path)) = tcp(&found, DEFAULT_PORT, EXAMPLE)
    {
        metrics.address = address;
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte)) {
            found.error(
                "bad_address",
                "the path of the figures may hold letters, digits, and - . _ ~ /",
                format!("write for example {EXAMPLE}"),
            );
        } else if path.len() > 1 {
            metrics.path = path;
        }
    }
    let enabled = section.flag("enabled");
    if enabled && metrics.address.port != 0 && metrics.address == server.address {
        section.error(
            "address",
            "address_in_use",
            "the figures cannot be served at server.address: whoever reaches the provider would read them",
            format!("give them an address of their own, for example {EXAMPLE}"),
        );
    }
    enabled.then_some(metrics)
}
