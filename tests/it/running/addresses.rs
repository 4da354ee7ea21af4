//! `server.address` and `telemetry.metrics.address`: TCP of one kind or both, a socket of this machine, a socket that was
//! handed over.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::Stdio;

use super::{serve, written};
use crate::support::fleet::free_ports;
use crate::support::process::{Process, log_everything, shell};
use crate::support::wait::PATIENCE;

/// An answer of the provider, or of the figures, over whatever leads there.
fn ask(mut stream: impl std::io::Read + std::io::Write, path: &str, header: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nHost: op.example.com\r\n{header}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn unix(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn tcp(address: &str) -> Option<TcpStream> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    Some(stream)
}

#[test]
fn a_socket_of_this_machine_has_its_mode_and_its_base_path_and_goes_with_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("signet.sock");
    // Left behind by a process that had no time.
    drop(UnixListener::bind(&socket).unwrap());
    let fragment = format!(
        "server: {{address: 'unix://{}?umask=0117&path=auth', trusted_proxies: ['127.0.0.1']}}
session: {{cookies: [{{domain: op.example.com, authelia_url: 'https://op.example.com/auth'}}]}}",
        socket.display()
    );
    let (mut process, address) = serve(&fragment);
    assert_eq!(address, format!("unix://{}", socket.display()));
    let found = std::fs::metadata(&socket).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o660);
    let discovery = ask(unix(&socket), "/auth/.well-known/openid-configuration", "");
    assert!(
        discovery.contains("\"token_endpoint\":\"https://op.example.com/auth/api/oidc/token\""),
        "{discovery}"
    );
    // Whoever opens the socket is a program of this machine: 127.0.0.1, which is trusted here.
    let refused = ask(unix(&socket), "/auth/nowhere", "X-Forwarded-For: 203.0.113.9\r\n");
    assert!(refused.starts_with("HTTP/1.1 404"), "{refused}");
    process.wait_for("203.0.113.9");

    let second = written(&fragment, |text| text);
    let mut command = shell(&second, "true");
    command.args(["serve", "--config", "configuration.yml"]);
    let mut second = Process::start(command, second);
    assert!(!second.wait_for_end().success());
    assert!(second.output().contains("another process listens there"), "{}", second.output());
    assert!(ask(unix(&socket), "/auth/api/health", "").starts_with("HTTP/1.1 200"), "it stands");
    process.stop();
    assert!(!socket.exists());
}

#[test]
fn what_stands_in_the_place_of_the_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [file, datagrams] = ["precious", "datagrams"].map(|name| folder.path().join(name));
    std::fs::write(&file, "precious").unwrap();
    let receiver = UnixDatagram::bind(&datagrams).unwrap();
    for (path, says) in [(&file, "it is no socket"), (&datagrams, "listens there cannot be told")] {
        let place = written(&format!("server: {{address: 'unix://{}'}}", path.display()), |text| text);
        let mut command = shell(&place, "true");
        command.args(["serve", "--config", "configuration.yml"]);
        let mut process = Process::start(command, place);
        assert!(!process.wait_for_end().success());
        assert!(process.output().contains(says), "{}", process.output());
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    UnixDatagram::unbound().unwrap().send_to(b"still there", &datagrams).unwrap();
    assert_eq!(receiver.recv(&mut [0; 32]).unwrap(), 11);
}

#[test]
fn one_kind_of_addresses_can_be_asked_for() {
    let health = |address: String| tcp(&address).map(|stream| ask(stream, "/api/health", ""));
    for (scheme, v4, v6) in [("tcp4", true, false), ("tcp6", false, true), ("tcp", true, true)] {
        let port = free_ports(1)[0];
        let (_process, _) = serve(&format!("server: {{address: '{scheme}://:{port}/'}}"));
        let answers = [health(format!("127.0.0.1:{port}")), health(format!("[::1]:{port}"))];
        assert_eq!(
            answers.map(|answer| answer.is_some_and(|it| it.starts_with("HTTP/1.1 200"))),
            [v4, v6],
            "{scheme}"
        );
    }
    let (_process, address) = serve("server: {address: 'tcp4://localhost:0/'}");
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let (_process, address) = serve("server: {address: 'tcp6://[::1]:0/'}");
    assert!(address.starts_with("[::1]:"), "{address}");
    let place = written("server: {address: 'tcp6://127.0.0.1:0/'}", |text| text);
    let mut command = shell(&place, "true");
    command.args(["serve", "--config", "configuration.yml"]);
    let mut process = Process::start(command, place);
    assert!(!process.wait_for_end().success());
    assert!(process.output().contains("the host has no address of this kind"), "{}", process.output());
}

/// Starts a process to which this socket is handed over as systemd does it: as descriptor 3.
fn handed(fragment: &str, socket: impl Into<Stdio>) -> Process {
    let folder = written(fragment, |text| text);
    let mut command = shell(&folder, "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1");
    command.args(["serve", "--config", "configuration.yml"]);
    log_everything(&mut command);
    Process::start_with(command, folder, socket.into())
}

#[test]
fn a_socket_that_was_handed_over_is_listened_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut process = handed("server: {address: 'fd://3'}", std::os::fd::OwnedFd::from(listener));
    assert_eq!(process.wait_for_field("ready in ", "address"), address);
    assert!(ask(tcp(&address).unwrap(), "/api/health", "").starts_with("HTTP/1.1 200"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("handed.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let mut process = handed("server: {address: 'fd://3'}", std::os::fd::OwnedFd::from(listener));
    process.wait_for("ready in ");
    assert!(ask(unix(&path), "/api/health", "").starts_with("HTTP/1.1 200"));
    process.stop();
    assert!(path.exists(), "whoever made it keeps it");
}

#[test]
fn a_socket_that_was_not_handed_over_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut process = handed("server: {address: 'fd://4'}", std::os::fd::OwnedFd::from(listener));
    assert!(!process.wait_for_end().success());
    let said = process.output();
    assert!(said.contains("cannot listen on fd://4") && said.contains("LISTEN_FDS"), "{said}");
}

#[test]
fn figures_are_served_at_a_socket_too() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("metrics.sock");
    let (_process, _) = serve(&format!(
        "telemetry: {{metrics: {{enabled: true, address: 'unix://{}?umask=0077&path=figures'}}}}",
        socket.display()
    ));
    let figures = ask(unix(&socket), "/figures", "");
    assert!(figures.contains("signet_build_info"), "{figures}");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o700);
}
