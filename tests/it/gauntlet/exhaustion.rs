//! Rows L1, L2, L3 and L6: nothing that strangers send exhausts Signet. Over real processes.

mod configuration;
mod flood;
mod sockets;

use std::time::{Duration, Instant};

use crate::support::counts::{is_long, rounds};
use crate::support::fleet::Fleet;
use crate::support::wire::{Heard, is_alive};
use crate::support::{Person, Wire};

/// Everything that answers: where, and whether programs ask there.
const PLACES: &[(&str, bool)] = &[
    ("/.well-known/openid-configuration", true),
    ("/.well-known/oauth-authorization-server", true),
    ("/jwks.json", true),
    ("/api/oidc/authorization", false),
    ("/api/oidc/pushed-authorization-request", true),
    ("/api/oidc/token", true),
    ("/api/oidc/userinfo", true),
    ("/api/oidc/introspection", true),
    ("/api/oidc/revocation", true),
    ("/flow/x", false),
    ("/flow/x/sign-in", false),
    ("/flow/x/second-factor", false),
    ("/flow/x/enrol", false),
    ("/flow/x/select-account", false),
    ("/flow/x/consent", false),
    ("/", false),
    ("/logout", false),
    ("/api/health", true),
    ("/api/health/ready", true),
    ("/static/signet.css", false),
    ("/favicon.ico", false),
    ("/nonsense", false),
];

/// The most that all of it together may leave in memory, in bytes.
const GROWTH: u64 = 8 * 1024 * 1024;

fn start(fragment: &str) -> Fleet {
    Fleet::of(fragment, &Person::file(&Person::all()), "true")
}

/// The address of its one process, which is also its host.
fn host(fleet: &Fleet) -> String {
    fleet.site.origin.split_once("://").expect("an origin").1.to_owned()
}

/// Within what a refusal comes, in 99 of 100 cases.
const AT_ONCE: Duration = Duration::from_millis(50);

/// Sends bytes over a connection of their own; the one answer.
#[track_caller]
fn one(host: &str, bytes: &[u8]) -> Heard {
    let mut wire = Wire::open(host);
    wire.send(bytes);
    wire.hear().expect("an answer")
}

fn get(host: &str, target: &str, headers: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n").into_bytes()
}

fn post(host: &str, target: &str, length: usize, body: &str) -> Vec<u8> {
    format!(
        "POST {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Asserts a refusal with its right face.
#[track_caller]
fn expect(heard: &Heard, status: u16, programs: bool, case: &str) {
    heard.expect(status, case);
    let face = if programs { "application/json" } else { "text/html; charset=utf-8" };
    assert_eq!(heard.header("content-type"), face, "{case}");
    let says = if programs { "\"error_description\"" } else { "id=\"error-code\"" };
    assert!(heard.body.contains(says), "{case}: {}", heard.body);
}

/// Everything too large, at one place.
fn attack(host: &str, place: &str, programs: bool, took: &mut Vec<(Duration, String)>) {
    let mut one = |bytes: &[u8], case: &str| {
        let begun = Instant::now();
        let heard = one(host, bytes);
        took.push((begun.elapsed(), case.to_owned()));
        heard
    };
    let lines = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    let cookies = |count: usize| (0..count).map(|n| format!("c{n}=v")).collect::<Vec<_>>().join("; ");
    for (status, bytes) in [
        (414, get(host, &format!("{place}?{}", "a".repeat(1 << 20)), "")),
        (414, get(host, &format!("{place}?{}", "a".repeat(16 * 1024)), "")),
        (431, get(host, place, &format!("X: {}\r\n", "a".repeat(64 * 1024)))),
        (431, get(host, place, &format!("X: {}\r\n", "a".repeat(32 * 1024)))),
        (431, get(host, place, &lines(200))),
        (431, get(host, place, &format!("Cookie: {}\r\n", cookies(500)))),
        (431, get(host, place, &"Cookie: a=b\r\n".repeat(500))),
        // Refused for what it announces: nothing of it is sent.
        (413, post(host, place, 10 << 20, "")),
        (413, post(host, place, 10 << 20, &"a".repeat(10 << 20))),
        (413, post(host, place, 64 * 1024 + 1, "")),
    ] {
        let case = format!("{status} at {place}, {} bytes", bytes.len());
        expect(&one(&bytes, &case), status, programs, &case);
    }
    let fields = (0..100_000).map(|n| format!("{n}=1")).collect::<Vec<_>>().join("&");
    let case = format!("100,000 fields at {place}");
    expect(&one(&post(host, place, fields.len(), &fields), &case), 413, programs, &case);
    let chunks = format!(
        "POST {place} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        format!("4000\r\n{}\r\n", "a".repeat(0x4000)).repeat(8)
    );
    let case = format!("chunks at {place}");
    expect(&one(chunks.as_bytes(), &case), 413, programs, &case);
}

#[test]
fn l1_what_is_too_large_is_refused_everywhere_with_the_right_face_and_leaves_no_memory() {
    let fleet = start("{}");
    let host = host(&fleet);
    let mut took = Vec::new();
    let mut round = || PLACES.iter().for_each(|(place, programs)| attack(&host, place, *programs, &mut took));
    // The first fills what is kept for good.
    round();
    let before = fleet.processes[0].memory();
    for _ in 0..rounds(1, 4) {
        round();
    }
    let after = fleet.processes[0].memory();
    took.sort_unstable();
    let (most, slowest) = (took[took.len() * 99 / 100].0, &took[took.len() - 1]);
    println!(
        "L1: resident {} KiB, then {} KiB; of {} refusals 99 in 100 within {most:?}, the slowest {slowest:?}",
        before / 1024,
        after / 1024,
        took.len()
    );
    // A debug build beside other tests proves nothing about time.
    if is_long() {
        assert!(most < AT_ONCE, "{most:?}");
    }
    assert!(after.saturating_sub(before) < GROWTH, "from {before} to {after}");
    is_alive(&host);
}

#[test]
fn l1_what_is_just_small_enough_is_read() {
    let fleet = start("{}");
    let host = host(&fleet);
    let target = format!("/nonsense?{}", "a".repeat(16 * 1024 - "/nonsense?".len()));
    assert_eq!(one(&host, &get(&host, &target, "")).status, 404);
    assert_eq!(one(&host, &get(&host, "/nonsense", &format!("X: {}\r\n", "a".repeat(32_000)))).status, 404);
    let cookies = (0..180).map(|n| format!("c{n}=v")).collect::<Vec<_>>().join("; ");
    assert_eq!(one(&host, &get(&host, "/", &format!("Cookie: {cookies}\r\n"))).status, 200);
    let body = format!("a={}", "a".repeat(64 * 1024 - 2));
    one(&host, &post(&host, "/api/oidc/token", body.len(), &body)).expect(401, "64 KiB");
}

#[test]
fn l1_many_fields_many_scopes_and_deep_json_are_refused_and_nothing_breaks() {
    let fleet = start("{}");
    let host = host(&fleet);
    let fields = (0..129).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
    let scopes = format!("grant_type=client_credentials&scope={}", "read+".repeat(10_000));
    let deep = format!("claims={}{}", "%5B".repeat(10_000), "%5D".repeat(10_000));
    let flat = format!("claims={}{}", "[".repeat(10_000), "]".repeat(10_000));
    let audiences: String = (0..12_000).map(|n| format!("{n:x}+")).collect();
    let audiences = format!("grant_type=client_credentials&audience={audiences}");
    let before = fleet.processes[0].memory();
    for (place, programs) in PLACES {
        let heard = one(&host, &post(&host, place, fields.len(), &fields));
        assert!((400..500).contains(&heard.status), "129 fields at {place}: {}", heard.head);
        if *programs && place.starts_with("/api/oidc/") && !place.ends_with("userinfo") {
            assert_eq!(heard.status, 400, "{place}: {}", heard.body);
        }
        for body in [&scopes, &audiences, &deep, &flat] {
            let body = format!("client_id=machine&client_secret=machine-secret&{body}");
            let heard = one(&host, &post(&host, place, body.len(), &body));
            assert!((300..500).contains(&heard.status), "{place}: {}", heard.head);
        }
    }
    assert!(fleet.processes[0].memory().saturating_sub(before) < GROWTH);
    is_alive(&host);
}
