//! `telemetry.metrics`.

use std::time::Duration;

use super::{errors, only, with};

fn metrics(lines: &str) -> signet::config::Loaded {
    with("session:\n", &format!("telemetry: {{metrics: {lines}}}\nsession:\n"))
}

#[test]
fn figures_are_off_unless_asked_for_and_have_the_address_of_the_contract() {
    assert_eq!(metrics("{}").settings.unwrap().metrics, None);
    assert_eq!(metrics("{enabled: false, address: 'tcp://:1/x'}").settings.unwrap().metrics, None);
    let metrics = metrics("{enabled: true}").settings.unwrap().metrics.unwrap();
    assert_eq!((metrics.address.to_string().as_str(), metrics.path.as_str()), (":9959", "/metrics"));
    let timeouts = metrics.timeouts;
    assert_eq!([timeouts.read, timeouts.write, timeouts.idle], [6, 6, 30].map(Duration::from_secs));
}

#[test]
fn address_path_and_timeouts_are_read() {
    let lines = "{enabled: true, address: 'tcp://[::1]:99/a/b', timeouts: {read: 2s, write: 3s, idle: 4s}, buffers: {read: 65536}}";
    let loaded = metrics(lines);
    let metrics = loaded.settings.unwrap().metrics.unwrap();
    assert_eq!((metrics.address.to_string().as_str(), metrics.path.as_str()), ("[::1]:99", "/a/b"));
    let timeouts = metrics.timeouts;
    assert_eq!([timeouts.read, timeouts.write, timeouts.idle], [2, 3, 4].map(Duration::from_secs));
    assert_eq!(metrics.header_bytes, 65_536);
}

#[test]
fn a_wrong_address_is_told_with_an_example() {
    for (address, code, says) in [
        ("udp://:9959", "bad_address", "cannot be listened on"),
        ("tcp://:99999/", "bad_address", "port"),
        ("tcp://:9959/{x}", "bad_address", "path"),
        ("tcp://127.0.0.1:9091/metrics", "address_in_use", "server.address"),
    ] {
        let loaded = metrics(&format!("{{enabled: true, address: '{address}'}}"));
        assert_eq!(errors(&loaded), [(code, "telemetry.metrics.address")], "{address}");
        let problem = only(&loaded, code);
        assert!(problem.message.contains(says), "{problem}");
        assert!(problem.mend.contains("tcp://127.0.0.1:9959/metrics"), "{problem}");
    }
}

#[test]
fn a_socket_can_be_named_with_the_path_of_the_figures() {
    for (address, path) in [("unix:///run/m.sock?path=figures/all", "/figures/all"), ("fd://4", "/metrics")] {
        let loaded = metrics(&format!("{{enabled: true, address: '{address}'}}"));
        let metrics = loaded.settings.unwrap_or_else(|| panic!("{}", loaded.problems)).metrics.unwrap();
        assert_eq!(metrics.path, path, "{address}");
        assert!(address.starts_with(&metrics.address.to_string()), "{}", metrics.address);
    }
}

#[test]
fn what_has_no_effect_on_figures_is_told() {
    let loaded = metrics("{enabled: true, buffers: {read: 1, write: 1}}");
    let told: Vec<&str> = loaded.problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(told, ["telemetry.metrics.buffers.write"]);
    assert!(loaded.settings.is_some());
}
