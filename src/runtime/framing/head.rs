//! The head of a request: request line and headers.

use axum::http::Uri;
use axum::http::uri::Authority;
use httparse::{EMPTY_HEADER, Error, Header, Request, Status};

use super::REFUSED;
use crate::web::{MAX_URI, Unreadable};

/// The most header lines that are read.
const MAX_LINES: usize = 100;
/// The longest method that is read, in bytes.
const MAX_METHOD: usize = 32;
/// What a request line has beside its target: method, two spaces, version.
const LINE_ROOM: usize = MAX_METHOD + " ".len() + " HTTP/1.1\r\n".len();
/// Up to this size a head is judged at every read, beyond it at the first and when a line ends.
const SHORT: usize = 1024;

/// What comes after a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// This many bytes.
    Length(u64),
    /// Chunks (RFC 9112 §7.1).
    Chunked,
}

/// A sound head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Its length in bytes, the empty line included.
    pub length: usize,
    /// Its body.
    pub content: Content,
}

/// Judges what has come of a head, whose headers may have `most` bytes; of it, `fresh` bytes at the end are new. `None`
/// when the rest must be awaited.
///
/// # Errors
/// As soon as it cannot become a sound head any more.
pub(super) fn judge(bytes: &[u8], fresh: usize, most: usize) -> Result<Option<Head>, Unreadable> {
    let ended = bytes.iter().position(|byte| *byte == b'\n');
    let line = ended.map_or(bytes.len(), |end| end + 1);
    if line > MAX_URI + LINE_ROOM {
        return Err(Unreadable::UriTooLong);
    }
    let new = bytes.get(bytes.len().saturating_sub(fresh)..).unwrap_or_default();
    let first = new.len() == bytes.len();
    if first || bytes.len() <= SHORT || new.contains(&b'\n') {
        let mut lines = [EMPTY_HEADER; MAX_LINES];
        let mut request = Request::new(&mut lines);
        match request.parse(bytes) {
            Ok(Status::Complete(length)) => {
                let content = sound(bytes.get(..length).unwrap_or_default(), line, most, &request)?;
                return Ok(Some(Head { length, content }));
            }
            Ok(Status::Partial) => {}
            Err(Error::TooManyHeaders) => return Err(Unreadable::HeadersTooLarge),
            Err(Error::Version) => return Err(Unreadable::Version),
            Err(_) => return Err(Unreadable::Malformed),
        }
    }
    if bytes.len() > line + most { Err(Unreadable::HeadersTooLarge) } else { Ok(None) }
}

fn sound(head: &[u8], line: usize, most: usize, request: &Request<'_, '_>) -> Result<Content, Unreadable> {
    use Unreadable::Malformed;
    // RFC 9112 §2.2 lets a recipient take a bare LF for the end of a line; who stands before Signet may not.
    let bare = head.split(|byte| *byte == b'\n').rev().skip(1).any(|line| !line.ends_with(b"\r"));
    if bare {
        return Err(Malformed);
    }
    let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
        return Err(Malformed);
    };
    if head.len() > line + most {
        return Err(Unreadable::HeadersTooLarge);
    }
    if target.len() > MAX_URI {
        return Err(Unreadable::UriTooLong);
    }
    // A tunnel, and what is no method at all.
    if method == "CONNECT" || method.len() > MAX_METHOD {
        return Err(Unreadable::NotImplemented);
    }
    if of(request, REFUSED).next().is_some() {
        return Err(Malformed);
    }
    host(request, method, target, version)?;
    content(request, version)
}

/// The values of a header.
fn of<'r>(request: &'r Request<'_, '_>, name: &'static str) -> impl Iterator<Item = &'r [u8]> {
    let has_name = move |header: &&Header<'_>| header.name.eq_ignore_ascii_case(name);
    request.headers.iter().filter(has_name).map(|header| header.value)
}

/// RFC 9112 §3.2: one Host, and a target in a form that fits the method; where the target names a host as well, the
/// two are one.
fn host(request: &Request<'_, '_>, method: &str, target: &str, version: u8) -> Result<(), Unreadable> {
    use Unreadable::Malformed;
    let mut hosts = of(request, "host");
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(std::str::from_utf8(host).map_err(|_| Malformed)?),
        (None, _) if version == 0 => None,
        _ => return Err(Malformed),
    };
    let is_authority = |host: &str| !host.contains('@') && host.parse::<Authority>().is_ok();
    if host.is_some_and(|host| !is_authority(host)) {
        return Err(Malformed);
    }
    let uri: Uri = target.parse().map_err(|_| Malformed)?;
    let fits = match (target, uri.authority()) {
        ("*", _) => method == "OPTIONS",
        (_, None) => target.starts_with('/'),
        (_, Some(named)) => {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && host.is_some_and(|host| named.as_str().eq_ignore_ascii_case(host))
        }
    };
    if fits && !target.contains('#') { Ok(()) } else { Err(Malformed) }
}

/// RFC 9112 §6.3, in its strictest reading: one way to know the end of the body, said once.
fn content(request: &Request<'_, '_>, version: u8) -> Result<Content, Unreadable> {
    use Unreadable::Malformed;
    let (mut lengths, mut codings) = (of(request, "content-length"), of(request, "transfer-encoding"));
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(Content::Length(0)),
        (Some(length), None) if lengths.next().is_none() => {
            let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            let text = std::str::from_utf8(length).ok().filter(|_| digits).ok_or(Malformed)?;
            text.parse::<i64>().ok().and_then(|length| u64::try_from(length).ok()).map(Content::Length)
        }
        .ok_or(Malformed),
        (None, Some(coding)) => {
            let chunked = version == 1 && coding.eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
            chunked.then_some(Content::Chunked).ok_or(Malformed)
        }
        _ => Err(Malformed),
    }
}

/// The head that stands in the place of a refused one. It keeps what picks the face of the answer: whether it has a
/// body, the path, the host.
pub(super) fn refusal(bytes: &[u8], unreadable: Unreadable) -> Vec<u8> {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).find(|line| !line.is_empty());
    let mut words = line.unwrap_or_default().split(|byte| *byte == b' ');
    let method = if words.next() == Some(b"HEAD") { "HEAD" } else { "GET" };
    let target = words.next().unwrap_or_default();
    let path =
        target.split(|byte| matches!(byte, b'?' | b'#')).next().and_then(|it| std::str::from_utf8(it).ok());
    let path =
        path.filter(|path| path.len() <= SHORT && path.starts_with('/') && path.parse::<Uri>().is_ok());
    let mut head = format!("{method} {} HTTP/1.1\r\n", path.unwrap_or("/"));
    if let Some(host) = host_line(bytes) {
        head.push_str(&format!("Host: {host}\r\n"));
    }
    head.push_str(&format!("Connection: close\r\n{REFUSED}: {}\r\n\r\n", unreadable.status().as_u16()));
    head.into_bytes()
}

/// The host that the first Host line names.
fn host_line(bytes: &[u8]) -> Option<&str> {
    let value = bytes.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked("host:".len())?;
        name.eq_ignore_ascii_case(b"host:").then(|| value.trim_ascii())
    })?;
    std::str::from_utf8(value).ok().filter(|host| host.len() <= SHORT && host.parse::<Authority>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_HEADERS: usize = 32 * 1024;

    fn one(head: &str) -> Result<Option<Head>, Unreadable> {
        judge(head.as_bytes(), head.len(), MAX_HEADERS)
    }

    #[test]
    fn a_head_is_taken_whole_and_its_body_is_known() {
        let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(one(get), Ok(Some(Head { length: get.len(), content: Content::Length(0) })));
        let post = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nabc";
        assert_eq!(one(post), Ok(Some(Head { length: post.len() - 3, content: Content::Length(7) })));
        let chunked = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n";
        assert_eq!(one(chunked).unwrap().unwrap().content, Content::Chunked);
        for end in 0..get.len() {
            let cut = get.get(..end).unwrap();
            assert_eq!(one(cut), Ok(None), "{cut:?}");
        }
    }

    #[test]
    fn what_can_never_become_a_head_is_refused_before_it_ends() {
        assert_eq!(one("\x16\x03\x01\x02"), Err(Unreadable::Malformed));
        assert_eq!(one("GET / HTTP/2.0\r\n"), Err(Unreadable::Version));
        assert_eq!(one(&format!("GET /{}", "a".repeat(MAX_URI + LINE_ROOM))), Err(Unreadable::UriTooLong));
        let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "a".repeat(MAX_HEADERS));
        assert_eq!(one(&long), Err(Unreadable::HeadersTooLarge));
    }

    #[test]
    fn a_refusal_keeps_path_and_host_and_nothing_else() {
        let text = |bytes: &str| String::from_utf8(refusal(bytes.as_bytes(), Unreadable::Malformed)).unwrap();
        assert_eq!(
            text("POST /api?a=b HTTP/1.1\r\nX: y\r\nhost: op.example \r\nHost: other\r\n\r\n"),
            "GET /api HTTP/1.1\r\nHost: op.example\r\nConnection: close\r\nsignet-refused: 400\r\n\r\n"
        );
        for odd in ["", "\r\n", "\0\0", "GET  / HTTP/1.1", "GET http://x/ y", "GET /\x07 z\r\nHost: a b\r\n"]
        {
            assert_eq!(
                text(odd),
                "GET / HTTP/1.1\r\nConnection: close\r\nsignet-refused: 400\r\n\r\n",
                "{odd:?}"
            );
        }
    }
}
