//! Where one request ends and the next begins (RFC 9112): one line a case, over real sockets.
//!
//! Behind each case stands a second request. Whoever takes the first for shorter or longer than another program on
//! the way would answer it, or wait for more: so what is not sound gets one answer, and the connection ends.

use crate::support::fleet::Fleet;
use crate::support::{Person, Wire};

/// `|` ends a line, `@` is the host.
type Case = (&'static str, &'static str, u16);

/// What ends the connection: one answer, then nothing.
const LAST: &[Case] = &[
    (
        "two lengths that differ",
        "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 3|Content-Length: 4||a=b",
        400,
    ),
    (
        "two lengths alike",
        "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 3|Content-Length: 3||a=b",
        400,
    ),
    ("a list of lengths", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 3, 3||a=b", 400),
    ("a length with a sign", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: +3||a=b", 400),
    ("a length below nothing", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: -1||a=b", 400),
    ("a length with a space", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 3 3||a=b", 400),
    ("a length in hexadecimal", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 0x3||a=b", 400),
    ("a length with a point", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 3.0||a=b", 400),
    ("a length in quotes", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: \"3\"||a=b", 400),
    ("no length", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length:||a=b", 400),
    ("2^64", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 18446744073709551616||a=b", 400),
    ("2^64 + 3", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 18446744073709551619||a=b", 400),
    ("2^63", "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 9223372036854775808||a=b", 400),
    ("a length on a page without a body", "GET / HTTP/1.1|Host: @|Content-Length: x||", 400),
    (
        "length and chunks",
        "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 13|Transfer-Encoding: chunked||3|a=b|0||",
        400,
    ),
    (
        "chunks and length",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked|Content-Length: 13||3|a=b|0||",
        400,
    ),
    (
        "chunks and a broken length",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked|Content-Length: x||0||",
        400,
    ),
    (
        "chunked, then something",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked, identity||0||",
        400,
    ),
    (
        "something, then chunked",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: identity, chunked||0||",
        400,
    ),
    ("a coding nobody knows", "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: xchunked||0||", 400),
    ("a coding in quotes", "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: \"chunked\"||0||", 400),
    (
        "a coding after a vertical tab",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: \x0bchunked||0||",
        400,
    ),
    (
        "chunked twice in a line",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked, chunked||0||",
        400,
    ),
    (
        "chunked in two lines",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||",
        400,
    ),
    ("chunks in HTTP/1.0", "POST /api/oidc/token HTTP/1.0|Host: @|Transfer-Encoding: chunked||0||", 400),
    ("a chunk of no size", "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked|||a=b|0||", 400),
    (
        "a chunk of a strange size",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||g|a=b|0||",
        400,
    ),
    (
        "a chunk with a sign",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||+3|a=b|0||",
        400,
    ),
    ("a chunk with 0x", "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||0x3|a=b|0||", 400),
    (
        "a space before the size",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked|| 3|a=b|0||",
        400,
    ),
    (
        "a space after the size",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||3 |a=b|0||",
        400,
    ),
    (
        "a chunk longer than it says",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||2|a=b|0||",
        400,
    ),
    (
        "a chunk shorter than it says",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||4|a=b|0||",
        400,
    ),
    (
        "a chunk size of 2^64",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||10000000000000000|a=b|0||",
        400,
    ),
    (
        "a chunk size that wraps to 3",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||10000000000000003|a=b|0||",
        400,
    ),
    (
        "a bare LF after a size",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||3\na=b|0||",
        400,
    ),
    (
        "a bare LF in an extension",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||3;x\ny|a=b|0||",
        400,
    ),
    (
        "a bare CR in an extension",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||3;x\ry|a=b|0||",
        400,
    ),
    (
        "a bare LF after the data",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||3|a=b\n0||",
        400,
    ),
    (
        "a bare LF in a trailer",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||3|a=b|0|X: y\n|",
        400,
    ),
    ("bad chunks where no body belongs", "GET / HTTP/1.1|Host: @|Transfer-Encoding: chunked||g|", 400),
    ("a folded line", "GET / HTTP/1.1|Host: @|X: a| b||", 400),
    ("a folded first line", "GET / HTTP/1.1| Host: @||", 400),
    ("a space before a colon", "GET / HTTP/1.1|Host: @|Content-Length : 3||", 400),
    ("a tab before a colon", "GET / HTTP/1.1|Host: @|X\t: 3||", 400),
    ("a line without a colon", "GET / HTTP/1.1|Host: @|X||", 400),
    ("a line without a name", "GET / HTTP/1.1|Host: @|: x||", 400),
    ("NUL in a value", "GET / HTTP/1.1|Host: @|X: a\0b||", 400),
    ("NUL in a name", "GET / HTTP/1.1|Host: @|X\0: a||", 400),
    ("NUL in the target", "GET /\0 HTTP/1.1|Host: @||", 400),
    ("a bare CR in a value", "GET / HTTP/1.1|Host: @|X: a\rY: b||", 400),
    ("a bare LF for a line", "GET / HTTP/1.1|Host: @\nX: a||", 400),
    ("a bare LF after the request line", "GET / HTTP/1.1\nHost: @||", 400),
    ("bare LFs alone", "GET / HTTP/1.1\nHost: @\n\n", 400),
    ("a bare LF for the empty line", "GET / HTTP/1.1|Host: @|\n", 400),
    ("a bare CR in the request line", "GET / HTTP/1.1\rHost: @||", 400),
    ("no host", "GET / HTTP/1.1|X: a||", 400),
    ("two hosts", "GET / HTTP/1.1|Host: @|Host: other||", 400),
    ("one host twice", "GET / HTTP/1.1|Host: @|Host: @||", 400),
    ("a host with a path", "GET / HTTP/1.1|Host: @/x||", 400),
    ("a host with a user", "GET / HTTP/1.1|Host: a@b@||", 400),
    ("a host with a space", "GET / HTTP/1.1|Host: @ x||", 400),
    ("another host in the target", "GET http://other/ HTTP/1.1|Host: @||", 400),
    ("no host beside the target's", "GET http://@/ HTTP/1.1|X: a||", 400),
    ("a target of another scheme", "GET ftp://@/ HTTP/1.1|Host: @||", 400),
    ("an authority for a target", "GET @ HTTP/1.1|Host: @||", 400),
    ("a fragment in the target", "GET /#x HTTP/1.1|Host: @||", 400),
    ("a star for GET", "GET * HTTP/1.1|Host: @||", 400),
    ("no target", "GET  HTTP/1.1|Host: @||", 400),
    ("a target with a space", "GET /a b HTTP/1.1|Host: @||", 505),
    ("two spaces", "GET  / HTTP/1.1|Host: @||", 400),
    ("a tab between", "GET\t/ HTTP/1.1|Host: @||", 400),
    ("a tunnel", "CONNECT other:443 HTTP/1.1|Host: other:443||", 501),
    ("HTTP/0.9", "GET /|", 400),
    ("HTTP/1.2", "GET / HTTP/1.2|Host: @||", 505),
    ("HTTP/2.0", "GET / HTTP/2.0|Host: @||", 505),
    ("http/1.1", "GET / http/1.1|Host: @||", 505),
    ("HTTP/1.10", "GET / HTTP/1.10|Host: @||", 400),
    ("the preface of HTTP/2", "PRI * HTTP/2.0||SM||", 505),
    ("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00|", 400),
    ("the mark of Signet's own", "GET / HTTP/1.1|Host: @|signet-refused: 200||", 400),
    ("HTTP/1.0", "GET /api/health HTTP/1.0|Host: @||", 200),
    ("who says it is the last", "GET /api/health HTTP/1.1|Host: @|Connection: close||", 200),
];

/// What is sound: one answer, and the next request is the next.
const KEPT: &[Case] = &[
    ("GET", "GET /api/health HTTP/1.1|Host: @||", 200),
    ("empty lines before it", "||GET /api/health HTTP/1.1|Host: @||", 200),
    ("a body on GET", "GET /api/health HTTP/1.1|Host: @|Content-Length: 3||abc", 200),
    (
        "a request in a body",
        "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 31||GET /api/health HTTP/1.1|Host: @||",
        0,
    ),
    ("chunks on GET", "GET /api/health HTTP/1.1|Host: @|Transfer-Encoding: chunked||3|abc|0||", 200),
    (
        "chunks on a page that is none",
        "GET /nonsense HTTP/1.1|Host: @|Transfer-Encoding: chunked||3|abc|0||",
        404,
    ),
    ("a body on a page that is none", "POST /nonsense HTTP/1.1|Host: @|Content-Length: 3||abc", 404),
    (
        "chunked in capitals",
        "GET /api/health HTTP/1.1|Host: @|Transfer-Encoding: CHUNKED||A|0123456789|0||",
        200,
    ),
    (
        "an extension and a trailer",
        "GET /api/health HTTP/1.1|Host: @|Transfer-Encoding: chunked||3;a=\"b\"|abc|0|X: y||",
        200,
    ),
    ("a length with zeros before it", "GET /api/health HTTP/1.1|Host: @|Content-Length: 003||abc", 200),
    (
        "a body that is waited for",
        "GET /api/health HTTP/1.1|Host: @|Content-Length: 0|Expect: 100-continue||",
        200,
    ),
    ("the host in the target too", "GET http://@/api/health HTTP/1.1|Host: @||", 200),
    ("the server itself", "OPTIONS * HTTP/1.1|Host: @||", 404),
    ("a method in small letters", "get /api/health HTTP/1.1|Host: @||", 405),
    ("TRACE", "TRACE / HTTP/1.1|Host: @||", 405),
    (
        "an upgrade to h2c",
        "GET /api/health HTTP/1.1|Host: @|Connection: Upgrade, HTTP2-Settings|Upgrade: h2c|HTTP2-Settings: AAMAAABk||",
        200,
    ),
    (
        "an upgrade to a web socket",
        "GET /api/health HTTP/1.1|Host: @|Connection: Upgrade|Upgrade: websocket||",
        200,
    ),
    ("another host", "GET / HTTP/1.1|Host: other||", 421),
];

fn written(case: &str, host: &str) -> Vec<u8> {
    case.replace('|', "\r\n").replace('@', host).into_bytes()
}

fn start() -> Fleet {
    Fleet::of("{}", &Person::file(&Person::all()), "true")
}

fn host(fleet: &Fleet) -> &str {
    fleet.site.origin.split_once("://").expect("an origin").1
}

/// Sends a case whole, and byte by byte: where reads break changes nothing.
fn each_way(host: &str, bytes: &[u8], mut then: impl FnMut(&mut Wire, &str)) {
    let mut wire = Wire::open(host);
    wire.send(bytes);
    then(&mut wire, "whole");
    let mut wire = Wire::open(host);
    let _ = bytes.chunks(1).all(|byte| wire.send(byte));
    then(&mut wire, "in pieces");
}

#[test]
fn what_does_not_say_where_it_ends_gets_one_answer_and_the_connection_ends() {
    let fleet = start();
    let host = host(&fleet);
    for (case, text, status) in LAST {
        let mut bytes = written(text, host);
        bytes.extend(written("GET /api/health HTTP/1.1|Host: @||", host));
        each_way(host, &bytes, |wire, how| {
            let case = format!("{case}, {how}");
            let heard = wire.hear_all();
            assert_eq!(heard.len(), 1, "{case}: {heard:?}");
            heard[0].expect(*status, &case);
            if *status != 200 {
                assert_eq!(heard[0].header("connection"), "close", "{case}");
                let json = text.contains("/api/oidc/");
                let face = if json { "application/json" } else { "text/html; charset=utf-8" };
                assert_eq!(heard[0].header("content-type"), face, "{case}");
            }
        });
    }
    crate::support::wire::is_alive(host);
}

#[test]
fn what_is_sound_gets_one_answer_and_the_next_request_is_the_next() {
    let fleet = start();
    let host = host(&fleet);
    for (case, text, status) in KEPT {
        let mut bytes = written(text, host);
        if *status == 0 {
            // The body is a request, as long as the host makes it.
            let (head, body) = text.split_once("||").unwrap();
            let body = written(body, host);
            bytes = written(&format!("{}||", head.replace("31", &body.len().to_string())), host);
            bytes.extend(body);
        }
        let status = if *status == 0 { 400 } else { *status };
        bytes.extend(written("GET /jwks.json HTTP/1.1|Host: @|Connection: close||", host));
        each_way(host, &bytes, |wire, how| {
            let case = format!("{case}, {how}");
            let heard = wire.hear_all();
            assert_eq!(heard.len(), 2, "{case}: {heard:?}");
            heard[0].expect(status, &case);
            heard[1].expect(200, &case);
            assert!(heard[1].body.contains("\"keys\""), "{case}: {heard:?}");
        });
    }
}

#[test]
fn an_answer_without_a_body_stays_without_one_when_the_request_is_refused() {
    let fleet = start();
    let host = host(&fleet);
    let mut wire = Wire::open(host);
    wire.send(&written("HEAD / HTTP/1.1|Host: @|X : a||", host));
    let whole = wire.rest();
    assert!(whole.starts_with("HTTP/1.1 400 ") && whole.ends_with("\r\n\r\n"), "{whole}");
}

#[test]
fn a_body_that_breaks_off_is_never_taken_for_a_whole_one() {
    let fleet = start();
    let host = host(&fleet);
    for case in [
        "POST /api/oidc/token HTTP/1.1|Host: @|Content-Length: 10||a=b",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||3|a=b|",
        "POST /api/oidc/token HTTP/1.1|Host: @|Transfer-Encoding: chunked||9|a=b",
        "POST /api/oidc/token HTTP/1.1|Ho",
    ] {
        let mut wire = Wire::open(host);
        wire.send(&written(case, host));
        wire.end();
        let heard = wire.hear_all();
        assert!(heard.iter().all(|heard| heard.status == 400) && heard.len() <= 1, "{case}: {heard:?}");
    }
    crate::support::wire::is_alive(host);
}
