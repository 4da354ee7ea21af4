//! A small HTTP/1.1 client that keeps its connection: it costs little, so the servers get the processor.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use url::form_urlencoded::Serializer;

use crate::Outcome;

/// One connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects to an address of this machine.
    pub fn open(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    /// Sends a request and reads its answer.
    pub fn exchange(&mut self, request: &[u8]) -> Outcome<Answer> {
        self.stream.write_all(request)?;
        let mut read = 0;
        loop {
            let room = self.buffer.get_mut(read..).filter(|room| !room.is_empty()).ok_or("a long answer")?;
            let more = self.stream.read(room)?;
            if more == 0 {
                return Err("the server closed the connection".into());
            }
            read += more;
            let bytes = self.buffer.get(..read).unwrap_or_default();
            if let Some(answer) = Answer::parse(bytes)? {
                return Ok(answer);
            }
        }
    }

    /// As `exchange`; anything but this status is an error that shows the answer.
    pub fn expect(&mut self, request: &[u8], status: u16) -> Outcome<Answer> {
        let answer = self.exchange(request)?;
        if answer.status == status {
            Ok(answer)
        } else {
            Err(format!("{} {}", answer.head, String::from_utf8_lossy(&answer.body)).into())
        }
    }
}

impl Answer {
    /// `None` until all of it is there.
    fn parse(bytes: &[u8]) -> Outcome<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let (head, rest) = bytes.split_at_checked(end + 4).unwrap_or_default();
        let head = std::str::from_utf8(head)?;
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        let length: usize = header_of(head, "content-length").next().map_or(Ok(0), str::parse)?;
        Ok(rest.get(..length).map(|body| Self { status, head: head.to_owned(), body: body.to_vec() }))
    }

    /// The values of a header.
    pub fn header(&self, name: &'static str) -> impl Iterator<Item = &str> {
        header_of(&self.head, name)
    }

    /// A member of the JSON object in the body.
    pub fn member(&self, name: &str) -> Outcome<String> {
        let object: serde_json::Value = serde_json::from_slice(&self.body)?;
        let text = object.get(name).and_then(serde_json::Value::as_str);
        Ok(text.ok_or_else(|| format!("the answer has no {name}"))?.to_owned())
    }
}

fn header_of<'h>(head: &'h str, name: &'static str) -> impl Iterator<Item = &'h str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .filter_map(move |(field, value)| field.eq_ignore_ascii_case(name).then_some(value.trim()))
}

/// A GET as bytes.
pub fn get(host: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{}\r\n", lines(headers)).into_bytes()
}

/// A form post as bytes.
pub fn post(host: &str, path: &str, headers: &[(&str, &str)], form: &[(&str, &str)]) -> Vec<u8> {
    let body = encoded(form);
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n{}\r\n{body}",
        body.len(),
        lines(headers)
    )
    .into_bytes()
}

/// Pairs as a query or form writes them.
pub fn encoded(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn lines(headers: &[(&str, &str)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect()
}
