//! What a request claims about its way here: address, host and scheme.

use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

use super::{Entry, FORGOTTEN, LOOPBACK, REGULATION, RETRIES};
use crate::support::{App, Ask, Browser, View};

/// Presses a sign-in button with headers of the test's own.
async fn sign_in_with(
    browser: &mut Browser,
    page: &View,
    typed: (&str, &str),
    headers: &[(&str, &str)],
) -> View {
    let fields = Browser::filled(page, "login-submit", &[("username", typed.0), ("password", typed.1)]);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let path = page.action("login-submit");
    let call = browser.app.post(&path).form(&fields).header("origin", &browser.origin);
    let call = headers.iter().fold(call, |call, (name, value)| call.header(name, value));
    browser.follow(&path, call).await
}

#[tokio::test]
async fn g28_another_address_in_every_header_each_time_does_not_pass_the_limit() {
    let app = App::with(REGULATION).await;
    let chain = |last: usize| [format!("203.0.113.{last}"), format!("198.51.100.{last}, 203.0.113.{last}")];
    for peer in ["192.0.2.7", "127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1"] {
        for header in [
            "x-forwarded-for",
            "forwarded",
            "x-real-ip",
            "true-client-ip",
            "cf-connecting-ip",
            "fastly-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "x-original-forwarded-for",
            "x-envoy-external-address",
        ] {
            for entry in [Entry::Home, Entry::Flow] {
                let attempt = async |password: &str, number: usize| {
                    let (mut browser, page) = entry.open(&app).await;
                    browser.address = peer.to_owned();
                    let [one, list] = chain(number);
                    let claimed = format!("for={one}");
                    let value = if header == "forwarded" { &claimed } else { &one };
                    let headers = [(header, value.as_str()), (header, list.as_str())];
                    sign_in_with(&mut browser, &page, ("alice", password), &headers).await
                };
                for number in 0..RETRIES {
                    assert!(attempt("wrong", number).await.has("password"));
                }
                assert!(attempt("alice-password", 100).await.has("password"), "{header} from {peer}");
                app.clock.advance(FORGOTTEN);
            }
        }
    }
}

#[tokio::test]
async fn g28_behind_trusted_proxies_the_first_stranger_from_the_right_is_the_person() {
    let app = App::with(include_str!("forwarded.yml")).await;
    // The policy of the client asks for the address of whoever authorizes.
    let policy = async |peer: &str, forwarded: &[&str]| {
        let (mut browser, page) = Entry::Home.open(&app).await;
        browser.address = peer.to_owned();
        let headers: Vec<(&str, &str)> = forwarded.iter().map(|line| ("x-forwarded-for", *line)).collect();
        let page = sign_in_with(&mut browser, &page, ("alice", "alice-password"), &headers).await;
        assert!(!page.has("password"));
        let path = Ask::of("office").prompt("none").path();
        let call = headers.iter().fold(app.get(&path), |call, (name, value)| call.header(name, value));
        browser.follow(&path, call).await.returned().get("error").to_owned()
    };
    for (peer, forwarded, refused) in [
        ("10.1.1.1", &["203.0.113.9"][..], false),
        ("::ffff:10.1.1.1", &["::ffff:203.0.113.9"], false),
        ("10.1.1.1", &["203.0.113.9, 192.0.2.1"], true),
        ("10.1.1.1", &["192.0.2.1, 203.0.113.9, 10.2.2.2"], false),
        ("10.1.1.1", &["192.0.2.1", "203.0.113.9"], false),
        ("10.1.1.1", &["203.0.113.9", "192.0.2.1"], true),
        ("10.1.1.1", &["203.0.113.9, nonsense"], true),
        ("10.1.1.1", &["203.0.113.9,"], true),
        // Bytes that are no ASCII, in front of what the proxy appends: they hide neither it nor what they claim.
        ("10.1.1.1", &["ÿ, 203.0.113.9"], false),
        ("10.1.1.1", &["203.0.113.9, ÿ, 192.0.2.1"], true),
        ("10.1.1.1", &["203.0.113.9", "ÿ, 192.0.2.1"], true),
        ("10.1.1.1", &["203.0.113.9, ÿ"], true),
        ("10.1.1.1", &[], true),
        ("192.0.2.1", &["203.0.113.9"], true),
        ("127.0.0.1", &["203.0.113.9"], true),
        ("::1", &["203.0.113.9, 10.1.1.1"], true),
    ] {
        let expected = if refused { "access_denied" } else { "" };
        assert_eq!(policy(peer, forwarded).await, expected, "{peer} {forwarded:?}");
    }
}

const CLAIMS: [(&str, &str); 7] = [
    ("x-forwarded-host", "evil.example.org"),
    ("x-forwarded-server", "evil.example.org"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-scheme", "http"),
    ("x-forwarded-prefix", "/evil"),
    ("forwarded", "host=evil.example.org;proto=http"),
    ("x-original-url", "/evil"),
];

#[tokio::test]
async fn g28_forwarded_hosts_and_schemes_are_not_read_even_from_a_trusted_proxy() {
    let app = App::with(include_str!("forwarded.yml")).await;
    let ask = Ask::of("web").path();
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/",
        &ask,
        "/nonsense",
    ] {
        for peer in ["192.0.2.7", "10.1.1.1"] {
            let plain = app.get(path).from(peer).send().await;
            let call =
                CLAIMS.iter().fold(app.get(path).from(peer), |call, (name, value)| call.header(name, value));
            let answer = call.send().await;
            assert_eq!(answer.status, plain.status, "{path}");
            assert!(!answer.text().contains("evil") && !answer.header("location").contains("evil"), "{path}");
            for cookie in answer.all("set-cookie") {
                assert!(cookie.contains("Secure") && cookie.starts_with("__Host-"), "{cookie}");
            }
            if path.starts_with("/.well-known") {
                assert_eq!(answer.text(), plain.text());
            }
        }
    }
    let answer = app.get("/").host("127.0.0.1:9091").header("x-forwarded-proto", "https").send().await;
    assert!(answer.all("set-cookie").iter().all(|line| !line.contains("Secure")), "its issuer is http");
}

#[tokio::test]
async fn g32_another_host_is_misdirected_and_told_the_issuers() {
    let app = App::start().await;
    let ask = Ask::of("web").path();
    for path in [
        "/.well-known/openid-configuration",
        "/jwks.json",
        "/",
        "/logout",
        "/flow/x",
        "/nonsense",
        "/api/oidc/userinfo",
        &ask,
    ] {
        for host in [
            "evil.example.org",
            "op.example.com.evil.org",
            "op.example.com:8443",
            "op.example.com:80",
            "op.example.com:0443",
            "op.example.com.",
            "op.example.com, evil.example.org",
            "op.example.com@evil.example.org",
            "evil.example.org#op.example.com",
            "127.0.0.1",
            "localhost:9091",
            "",
        ] {
            let answer = app.get(path).host(host).header("x-forwarded-host", "op.example.com").send().await;
            assert_eq!(answer.status, 421, "{path} at {host}");
            for issuer in ["https://op.example.com", "https://other.example.org", LOOPBACK] {
                assert!(answer.text().contains(issuer), "{host} {issuer}");
            }
            assert!(!answer.text().contains("evil"), "nothing is reflected");
            assert!(answer.text().contains("id=\"error-code\""));
            assert!(answer.all("set-cookie").is_empty(), "{path} at {host}");
        }
        let two = app.get(path).header("host", "other.example.org").send().await;
        assert_eq!(two.status, 421, "of two Hosts neither is believed");
    }
    for path in ["token", "introspection", "revocation", "pushed-authorization-request"] {
        let call = app.post(&format!("/api/oidc/{path}")).host("evil.example.org");
        assert_eq!(call.form(&[("token", "x")]).send().await.status, 421);
    }
    app.get("/jwks.json").host("OP.Example.COM").send().await.expect(200);
    app.get("/jwks.json").host("op.example.com:443").send().await.expect(200);
}

#[tokio::test]
async fn g32_every_link_begins_with_the_configured_issuer() {
    let app = App::start().await;
    for (host, issuer) in [
        ("op.example.com", "https://op.example.com"),
        ("OP.EXAMPLE.COM:443", "https://op.example.com"),
        ("other.example.org", "https://other.example.org"),
        ("127.0.0.1:9091", LOOPBACK),
    ] {
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            let document = app.get(path).host(host).send().await.expect(200).json();
            for (name, value) in document.as_object().unwrap() {
                if name.ends_with("_endpoint") || name.ends_with("_uri") || name == "issuer" {
                    assert!(value.as_str().unwrap().starts_with(issuer), "{name}: {value}");
                }
            }
        }
        let location = app.get(&Ask::of("web").path()).host(host).send().await.expect(303);
        let location = location.header("location");
        assert!(
            location.starts_with("/flow/") || location.starts_with(&format!("{issuer}/flow/")),
            "{location}"
        );
    }
}

#[tokio::test]
async fn g32_a_host_in_the_request_line_is_not_reflected() {
    let app = App::start().await;
    for (target, host, status) in [
        ("https://evil.example.org/.well-known/openid-configuration", Some("op.example.com"), 200),
        ("https://op.example.com/.well-known/openid-configuration", Some("evil.example.org"), 421),
        ("https://evil.example.org/.well-known/openid-configuration", None, 421),
    ] {
        let mut request = Request::get(target);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let answer = app.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{target}");
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("evil"), "{target}");
    }
}
