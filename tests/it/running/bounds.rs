//! `server.timeouts`, `server.buffers`, and the same of the figures: what a connection may take.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::serve;
use crate::support::Process;
use crate::support::wait::PATIENCE;

/// Both listeners, with the same bounds; at each, an address and a path that answers.
fn both(bounds: &str) -> (Process, [(String, &'static str); 2]) {
    let (mut process, address) = serve(&format!(
        "server: {{{bounds}}}\ntelemetry: {{metrics: {{enabled: true, address: 'tcp://127.0.0.1:0/metrics', {bounds}}}}}"
    ));
    let figures = process.wait_for_field("metrics are served", "address");
    (process, [(address, "/api/health"), (figures, "/metrics")])
}

fn open(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: op.example.com\r\n{headers}\r\n")
}

/// One answer, read to its end.
fn answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap() == 0 {
            return String::from_utf8_lossy(&read).into_owned();
        }
        read.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&read).to_lowercase();
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    head
}

/// How long it takes until the other side ends the connection.
fn ends_after(stream: &mut TcpStream) -> Duration {
    let begun = Instant::now();
    let ended = stream.read_to_end(&mut Vec::new());
    let reset = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
    assert!(ended.is_ok() || ended.as_ref().is_err_and(reset), "it never ends: {ended:?}");
    begun.elapsed()
}

#[test]
fn a_connection_stays_idle_for_as_long_as_is_set_and_a_head_has_its_own_time() {
    let (_process, listeners) = both("timeouts: {read: '1s', idle: '4s'}");
    for (address, path) in listeners {
        let mut fresh = open(&address);
        let first = ends_after(&mut fresh);
        let mut kept = open(&address);
        for _ in 0..2 {
            kept.write_all(get(path, "").as_bytes()).unwrap();
            assert!(answer(&mut kept).starts_with("http/1.1 200"), "{path}");
            // Longer than a head may take.
            std::thread::sleep(Duration::from_millis(1500));
        }
        let idle = ends_after(&mut kept);
        let mut half = open(&address);
        half.write_all(get(path, "").as_bytes()).unwrap();
        answer(&mut half);
        half.write_all(b"GET / HT").unwrap();
        let head = ends_after(&mut half);
        // A slow machine makes them longer, never shorter.
        assert!(first >= Duration::from_millis(900), "{path}: {first:?}");
        assert!(idle >= Duration::from_secs(2), "{path}: {idle:?}");
        assert!(head >= Duration::from_millis(900), "{path}: {head:?}");
    }
}

#[test]
fn a_body_has_its_own_time_however_short_a_connection_may_be_idle() {
    let (_process, [(address, _), _]) = both("timeouts: {read: '1s', idle: '1s'}");
    let mut stream = open(&address);
    let head = "POST /api/oidc/token HTTP/1.1\r\nHost: op.example.com\r\nContent-Type: \
                application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The body has fifteen seconds of its own.
    std::thread::sleep(Duration::from_millis(2500));
    stream.write_all(b"a=b&c=d&e").unwrap();
    assert!(answer(&mut stream).starts_with("http/1.1 4"));
}

#[test]
fn whoever_does_not_take_the_answer_is_let_go() {
    let (process, listeners) = both("timeouts: {write: '1s', idle: '50s'}");
    let open_files = process.open_files();
    for (address, path) in listeners {
        let mut deaf = open(&address);
        deaf.set_write_timeout(Some(PATIENCE)).unwrap();
        // More answers than the sockets hold: the writing ends when the other side has ended the connection.
        let asked = get(path, "").repeat(1000);
        let begun = Instant::now();
        let mut ended = false;
        while !ended && begun.elapsed() < PATIENCE {
            ended = deaf.write_all(asked.as_bytes()).is_err();
        }
        assert!(ended && begun.elapsed() < PATIENCE, "{path}: {:?}", begun.elapsed());
    }
    crate::support::wait::until("their files are given back", PATIENCE, || {
        process.open_files() <= open_files
    });
}

#[test]
fn a_head_is_read_up_to_the_size_that_is_set_and_32_kib_in_any_case() {
    for (buffer, largest, too_large) in [(4096, 31_000, 34_000), (131_072, 120_000, 140_000)] {
        let (_process, listeners) = both(&format!("buffers: {{read: {buffer}}}"));
        for (address, path) in listeners {
            let send = |bytes: usize| {
                let mut stream = open(&address);
                let padding = "a".repeat(bytes / 4);
                let headers: String = (0..4).map(|number| format!("X-{number}: {padding}\r\n")).collect();
                stream.write_all(get(path, &headers).as_bytes()).unwrap();
                answer(&mut stream)
            };
            assert!(send(largest).starts_with("http/1.1 200"), "{path} {buffer}");
            assert!(send(too_large).starts_with("http/1.1 431"), "{path} {buffer}");
        }
    }
}
