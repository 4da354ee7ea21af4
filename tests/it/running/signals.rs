//! The end of a process: what those see who connect at the last moment, and what systemd is told.

use std::os::unix::net::UnixDatagram;

use super::{serve, serve_after};
use crate::support::Wire;
use crate::support::wait::{PATIENCE, until};

#[test]
fn who_connects_just_before_the_end_is_answered() {
    let (mut process, address) = serve("");
    let idle = process.open_files();
    let mut wires: Vec<Wire> = (0..20).map(|_| Wire::open(&address)).collect();
    until("all are accepted", PATIENCE, || process.open_files() >= idle + wires.len());
    process.signal("INT");
    for wire in &mut wires {
        wire.send(format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes());
    }
    for wire in &mut wires {
        assert_eq!(wire.hear().expect("an answer").status, 200);
        assert!(wire.hear().is_none());
    }
    assert!(process.wait_for_end().success());
}

#[test]
fn systemd_hears_nothing_of_a_reload_after_the_end_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let heard = || {
        let mut buffer = [0; 512];
        let length = socket.recv(&mut buffer).expect("a word");
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    };
    let (mut process, address) = serve_after("", &format!("export NOTIFY_SOCKET='{}'", path.display()));
    assert_eq!(heard(), "READY=1");
    // Under way until the test has seen enough: the process waits for it.
    let mut slow = Wire::open(&address);
    slow.send(
        b"POST /api/oidc/token HTTP/1.1\r\nHost: op.example.com\r\nContent-Length: 9\r\n\
          Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n",
    );
    assert_eq!(slow.hear().expect("it is read").status, 100);
    process.signal("TERM");
    assert_eq!(heard(), "STOPPING=1");
    process.signal("HUP");
    process.wait_for("the configuration was reloaded");
    process.signal("TERM");
    assert!(process.wait_for_end().success());
    socket.set_nonblocking(true).unwrap();
    let mut buffer = [0; 512];
    let more = socket.recv(&mut buffer).map(|length| String::from_utf8_lossy(&buffer[..length]).into_owned());
    assert!(more.is_err(), "{more:?}");
}
