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
    assert_eq!(metrics.read_timeout, Duration::from_secs(6));
}

#[test]
fn address_path_and_timeout_are_read() {
    let loaded = metrics("{enabled: true, address: 'tcp://[::1]:99/a/b', timeouts: {read: '2s'}}");
    let metrics = loaded.settings.unwrap().metrics.unwrap();
    assert_eq!((metrics.address.to_string().as_str(), metrics.path.as_str()), ("[::1]:99", "/a/b"));
    assert_eq!(metrics.read_timeout, Duration::from_secs(2));
}

#[test]
fn a_wrong_address_is_told_with_an_example() {
    for (address, code, says) in [
        ("unix:///run/metrics.sock", "not_in_this_version", "TCP only"),
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
fn what_has_no_effect_on_figures_is_told() {
    let loaded = metrics("{enabled: true, buffers: {read: 1}, timeouts: {write: '1s', idle: '1s'}}");
    let told: Vec<&str> = loaded.problems.iter().map(|problem| problem.path.as_str()).collect();
    for path in ["buffers", "timeouts.write", "timeouts.idle"] {
        assert!(told.contains(&format!("telemetry.metrics.{path}").as_str()), "{path} in {told:?}");
    }
    assert!(loaded.settings.is_some());
}
