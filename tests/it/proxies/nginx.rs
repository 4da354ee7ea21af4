//! `docs/proxies/nginx.conf`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use super::{HOST, House, Shown, keeps_the_base_path};
use crate::support::fleet::free_ports;
use crate::support::process::Process;

const FILE: &str = include_str!("../../../docs/proxies/nginx.conf");
const PAGE: &str = include_str!("../../../docs/proxies/nginx.md");

/// nginx, and the port at which it takes plain HTTP.
fn nginx(house: &House) -> (Process, u16) {
    let plain = free_ports(1)[0];
    let shown = Shown::new(FILE, PAGE)
        .with("server 127.0.0.1:9091;", &format!("server 127.0.0.1:{};", house.upstream))
        .with("listen 443 ssl", &format!("listen 127.0.0.1:{} ssl", house.port))
        .with("listen 80;", &format!("listen 127.0.0.1:{plain};"))
        // Not every machine has IPv6.
        .with("listen [::]:443 ssl http2;", "")
        .with("listen [::]:80;", "")
        .with("/etc/letsencrypt/live/op.example.com/fullchain.pem", &house.shown_path("proxy.crt"))
        .with("/etc/letsencrypt/live/op.example.com/privkey.pem", &house.shown_path("proxy.key"))
        .with("/var/log/nginx/", &format!("{}/", house.shown_path("")));
    // What Debian's nginx.conf has around it, without its paths.
    let folder = house.shown_path("nginx");
    fs::create_dir(&folder).unwrap();
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
        .collect();
    let whole = format!(
        "daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\nhttp {{\n{paths}{}\n}}\n",
        shown.0
    );
    fs::write(house.path("nginx.conf"), whole).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-e", "stderr", "-c", &house.shown_path("nginx.conf")]);
    (house.start(command), plain)
}

/// Whatever host was asked for: the answer names the issuer's.
fn sends_plain_http_to_https(house: &House, port: u16) {
    let mut line = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let target = "/api/oidc/authorization?client_id=web";
    write!(line, "GET {target} HTTP/1.1\r\nHost: evil.example.com\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 301 "), "{answer}");
    assert!(answer.contains(&format!("Location: https://{HOST}{target}\r\n")), "{answer}");
    house.the_log_holds_no_query("signet.log");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_holds_behind_nginx() {
    let house = House::new();
    let (_proxy, plain) = nginx(&house);
    house.holds_what_is_promised("signet.log").await;
    sends_plain_http_to_https(&house, plain);
    // No form was written to a file on its way: one would have made a folder of two digits there.
    assert_eq!(fs::read_dir(house.path("nginx/client_body")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_path_passes_nginx() {
    let house = House::with_base("/auth");
    let (_proxy, _) = nginx(&house);
    keeps_the_base_path(&house).await;
}
