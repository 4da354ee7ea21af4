//! A connection as bytes: what is written is what is sent, and every answer is told apart.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use super::wait::PATIENCE;

/// One connection.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Heard {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Heard {
    /// A header's value; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut values =
            lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        values.next().unwrap_or_default()
    }

    /// Asserts the status, and everything that no answer goes without.
    #[track_caller]
    pub fn expect(&self, status: u16, case: &str) {
        assert_eq!(self.status, status, "{case}: {}{}", self.head, self.body);
        assert_eq!(self.header("x-request-id").len(), 10, "{case}: {}", self.head);
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{case}");
        assert_eq!(self.header("x-frame-options"), "DENY", "{case}");
        assert!(self.header("content-security-policy").starts_with("default-src 'none'"), "{case}");
        assert!(!self.header("cache-control").is_empty(), "{case}");
    }
}

impl Wire {
    /// A connection to an address of this machine.
    pub fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// The same connection, to send from elsewhere.
    pub fn again(&self) -> Self {
        Self { stream: self.stream.try_clone().expect("a handle"), read: Vec::new() }
    }

    /// Sends bytes; whether the other side still took them.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Sends nothing more.
    pub fn end(&self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Write);
    }

    /// The next answer; `None` when the connection ends before one begins. An answer that never comes is a hang.
    #[track_caller]
    pub fn hear(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.take() {
                return Some(heard);
            }
            if !self.more() {
                assert!(self.read.is_empty(), "half an answer: {}", String::from_utf8_lossy(&self.read));
                return None;
            }
        }
    }

    /// Every answer until the connection ends.
    #[track_caller]
    pub fn hear_all(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.hear()).collect()
    }

    /// Everything until the connection ends, as it came.
    #[track_caller]
    pub fn rest(&mut self) -> String {
        while self.more() {}
        String::from_utf8_lossy(&std::mem::take(&mut self.read)).into_owned()
    }

    #[track_caller]
    fn more(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                self.read.extend_from_slice(&bytes[..count]);
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => false,
            Err(error) => {
                panic!("the connection hangs: {error}; so far {}", String::from_utf8_lossy(&self.read))
            }
        }
    }

    fn take(&mut self) -> Option<Heard> {
        let end = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let mut heard = Heard { status, head, body: String::new() };
        let length: usize = heard.header("content-length").parse().unwrap_or(0);
        let body = self.read.get(end..end + length)?;
        heard.body = String::from_utf8_lossy(body).into_owned();
        self.read.drain(..end + length);
        Some(heard)
    }
}

/// Asserts that others are still served.
#[track_caller]
pub fn is_alive(address: &str) {
    let mut wire = Wire::open(address);
    assert!(
        wire.send(
            format!("GET /jwks.json HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes()
        )
    );
    assert_eq!(wire.hear().map(|heard| heard.status), Some(200));
}
