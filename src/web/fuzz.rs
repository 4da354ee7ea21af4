//! What a fuzzer feeds to the readers of headers: each function takes any bytes and asserts what must hold of them.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderValue, header};
use ipnet::IpNet;

use super::{admission, cookies};

const NAME: &str = "__Host-signet_session";

/// Cookie headers, one a line: a value is read only when the name stands there once.
pub fn f11_cookies(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(16) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::COOKIE, value);
        }
    }
    let named: Vec<&[u8]> = headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let mut parts = pair.trim_ascii().splitn(2, |byte| *byte == b'=');
            (parts.next() == Some(NAME.as_bytes())).then(|| parts.next()).flatten()
        })
        .collect();
    let believed = match named.as_slice() {
        [value] => std::str::from_utf8(value).ok().map(str::to_owned),
        _ => None,
    };
    assert_eq!(cookies::read(&headers, NAME), believed);
    if !data.windows(9).any(|name| name == b"never_set") {
        assert_eq!(cookies::read(&headers, "never_set"), None);
    }
}

/// `X-Forwarded-For`: from a stranger nothing is believed, and behind a proxy the client is never the proxy itself unless
/// nobody else is named.
pub fn f11_forwarded_for(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(16) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("x-forwarded-for", value);
        }
    }
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    assert_eq!(admission::client_address(peer, &headers, &[]), peer);
    let trusted = [IpNet::from(peer)];
    let client = admission::client_address(peer, &headers, &trusted);
    let text = String::from_utf8_lossy(data);
    assert!(client == peer || text.split([',', '\n']).any(|hop| names(hop, client)), "{client} in {text:?}");
    // What the proxy itself wrote stands last, whatever came before.
    headers.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9"));
    let appended = Ipv4Addr::new(203, 0, 113, 9);
    assert_eq!(admission::client_address(peer, &headers, &trusted), appended);
    let mut joined = data.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
    joined.extend_from_slice(b", 203.0.113.9");
    if let Ok(value) = HeaderValue::from_bytes(&joined) {
        headers.insert("x-forwarded-for", value);
        assert_eq!(admission::client_address(peer, &headers, &trusted), appended);
    }
}

fn names(hop: &str, client: IpAddr) -> bool {
    hop.trim().parse::<IpAddr>().is_ok_and(|address| address.to_canonical() == client)
}

#[cfg(test)]
#[path = "../../fuzz/corpus.rs"]
#[allow(clippy::duplicate_mod, reason = "a room must not use another's tests")]
mod corpus;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f11_no_cookie_is_misread() {
        corpus::run("f11_cookies", f11_cookies);
    }

    #[test]
    fn f11_no_forwarded_address_is_believed_of_a_stranger() {
        corpus::run("f11_forwarded_for", f11_forwarded_for);
    }
}
