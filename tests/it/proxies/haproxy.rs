//! `docs/proxies/haproxy.cfg`.

use std::fs;
use std::process::Command;

use super::{House, Shown, keeps_the_base_path};
use crate::support::fleet::free_ports;
use crate::support::process::Process;

const FILE: &str = include_str!("../../../docs/proxies/haproxy.cfg");
const PAGE: &str = include_str!("../../../docs/proxies/haproxy.md");

/// The file that is shown, behind what Debian's `haproxy.cfg` has before it: at a port, with a certificate and its key,
/// before two replicas.
pub fn configuration(port: u16, pem: &str, replicas: [u16; 2]) -> String {
    let [first, second] = replicas.map(|port| format!("127.0.0.1:{port}"));
    let shown = Shown::new(FILE, PAGE)
        .with("bind :::443 v4v6", &format!("bind 127.0.0.1:{port}"))
        .with("/etc/haproxy/certs/op.example.com.pem", pem)
        .with("127.0.0.1:9091", &first)
        .with("127.0.0.1:9092", &second);
    let before = "global\n    log stdout format raw local0\n\ndefaults\n    log global\n    mode http\n    option httplog\n    option dontlognull\n    timeout connect 5000\n    timeout client 50000\n    timeout server 50000\n\n";
    format!("{before}{}", shown.0)
}

/// HAProxy before one replica that serves and one that is not there.
fn haproxy(house: &House) -> Process {
    let text = configuration(house.port, &house.shown_path("proxy.pem"), [house.upstream, free_ports(1)[0]]);
    fs::write(house.path("haproxy.cfg"), text).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "exec /usr/sbin/haproxy -db -f haproxy.cfg > haproxy.log 2>&1"]);
    house.start(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_holds_behind_haproxy() {
    let house = House::new();
    let _proxy = haproxy(&house);
    house.holds_what_is_promised("haproxy.log").await;
    let log = fs::read_to_string(house.path("haproxy.log")).unwrap();
    assert!(log.contains("Server signet/signet-2 is DOWN"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_path_passes_haproxy() {
    let house = House::with_base("/auth");
    let _proxy = haproxy(&house);
    keeps_the_base_path(&house).await;
}
