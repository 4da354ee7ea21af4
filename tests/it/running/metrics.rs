//! `telemetry.metrics`: figures at an address of their own, whose labels no stranger can multiply.

use std::collections::{BTreeMap, BTreeSet};

use super::serve;
use crate::support::{Ask, Browser, Client, Process, Site};

const ENABLED: &str = "
telemetry: {metrics: {enabled: true, address: 'tcp://127.0.0.1:0/figures'}}
regulation: {max_retries: 3, find_time: 2m, ban_time: 1h}
";

/// A running provider that serves figures.
struct Measured {
    site: Site,
    figures: String,
    _process: Process,
}

impl Measured {
    fn start() -> Self {
        let (mut process, address) = serve(ENABLED);
        let figures = format!("http://{}/figures", process.wait_for_field("metrics are served", "address"));
        let site = Site::over_http("https://op.example.com", &[format!("http://{address}")]);
        Self { site, figures, _process: process }
    }

    /// Every series with its value.
    async fn read(&self) -> BTreeMap<String, f64> {
        let answer = reqwest::get(&self.figures).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        let text = answer.text().await.unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines
            .map(|line| {
                let (series, value) = line.rsplit_once(' ').expect("a series and its value");
                (series.to_owned(), value.parse().expect("a number"))
            })
            .collect()
    }
}

#[tokio::test]
async fn what_is_asked_refused_and_done_is_counted() {
    let measured = Measured::start();
    let service = Client::new(&measured.site, "service");
    for _ in 0..3 {
        let answer = service.call("/api/oidc/token", &[("grant_type", "client_credentials")]).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let wrong = Client { secret: "wrong".to_owned(), ..service };
    wrong
        .call("/api/oidc/token", &[("grant_type", "client_credentials")])
        .send()
        .await
        .expect_error(401, "invalid_client");
    let figures = measured.read().await;
    let value =
        |series: &str| figures.get(series).copied().unwrap_or_else(|| panic!("{series} in {figures:?}"));
    assert_eq!(
        value(r#"signet_http_requests_total{endpoint="/api/oidc/token",method="POST",status="200"}"#),
        3.0
    );
    assert_eq!(
        value(r#"signet_http_requests_total{endpoint="/api/oidc/token",method="POST",status="401"}"#),
        1.0
    );
    assert_eq!(value(r#"signet_http_request_duration_seconds_count{endpoint="/api/oidc/token"}"#), 4.0);
    assert_eq!(value(r#"signet_oauth_errors_total{error="invalid_client"}"#), 1.0);
    assert_eq!(value(r#"signet_events_total{event="token.issued"}"#), 3.0);
    assert_eq!(value(r#"signet_events_total{event="client.auth_failed"}"#), 1.0);
    assert_eq!(value("signet_ready"), 1.0, "looked at when the figures are read, whoever else asks");
    assert!(value("signet_http_connections") >= 1.0);
    assert_eq!(value(&format!(r#"signet_build_info{{version="{}"}}"#, env!("CARGO_PKG_VERSION"))), 1.0);
    assert!(value("process_resident_memory_bytes") > 1e6);
    assert!(value("process_open_fds") >= 1.0);
}

#[tokio::test]
async fn what_people_do_is_counted() {
    let measured = Measured::start();
    let site = &measured.site;
    let mut browser = Browser::new(site);
    let page = browser.open("/").await;
    browser.press(&page, "login-submit", &[("username", "bob"), ("password", "wrong")]).await;
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "bob").await;
    let (device, page) = browser.enrol(&page).await;
    drop(device);
    browser.allow(&page).await;
    let page = browser.ask(&Ask::of("web-2fa").prompt("consent")).await;
    browser.press(&page, "consent-deny", &[]).await;
    let page = browser.open("/logout").await;
    browser.press(&page, "logout-confirm", &[]).await;
    for _ in 0..3 {
        let mut stranger = Browser::new(site);
        let page = stranger.open("/").await;
        stranger.press(&page, "login-submit", &[("username", "alice"), ("password", "wrong")]).await;
    }
    let figures = measured.read().await;
    for (event, count) in [
        ("login.success", 1.0),
        ("login.failure", 4.0),
        ("login.locked", 1.0),
        ("factor.enrolled", 1.0),
        ("session.created", 1.0),
        ("session.rotated", 1.0),
        ("session.ended", 1.0),
        ("consent.granted", 1.0),
        ("consent.denied", 1.0),
    ] {
        let counted = figures.get(&format!("signet_events_total{{event=\"{event}\"}}"));
        assert_eq!(counted, Some(&count), "{event}: {figures:?}");
    }
}

#[tokio::test]
async fn a_stranger_makes_no_new_series() {
    let measured = Measured::start();
    let site = &measured.site;
    let labels = |figures: &BTreeMap<String, f64>| -> BTreeSet<String> {
        figures.keys().filter(|series| series.starts_with("signet_")).cloned().collect()
    };
    let strange = |number: usize| async move {
        let path = format!("/made-up-{number}?x={number}");
        site.get(&path).send().await;
        site.get("/flow/unknown").send().await;
        site.get("/").host(&format!("host-{number}.example")).send().await;
        site.call(["BREW", "PURGE", "LOCK"][number % 3], "/").send().await;
        let client = Client { id: format!("client-{number}"), ..Client::new(site, "service") };
        client.call("/api/oidc/token", &[("grant_type", &format!("grant-{number}"))]).send().await;
    };
    for number in 0..3 {
        strange(number).await;
    }
    let before = labels(&measured.read().await);
    for number in 3..50 {
        strange(number).await;
    }
    let after = labels(&measured.read().await);
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(!after.iter().any(|series| series.contains("made-up") || series.contains("client-")));
}

#[tokio::test]
async fn figures_are_served_nowhere_else_and_only_when_asked_for() {
    let measured = Measured::start();
    for path in ["/figures", "/metrics"] {
        assert_eq!(measured.site.get(path).send().await.status, 404, "{path}");
    }
    let elsewhere = measured.figures.replace("/figures", "/");
    assert_eq!(reqwest::get(elsewhere).await.unwrap().status(), 404);
    let (process, _) = serve("telemetry: {metrics: {enabled: false, address: 'tcp://127.0.0.1:0/figures'}}");
    assert!(!process.output().contains("metrics are served"));
}

#[tokio::test]
async fn a_client_that_sends_no_head_is_let_go() {
    let (mut process, _) = serve(
        "telemetry: {metrics: {enabled: true, address: 'tcp://127.0.0.1:0/metrics', timeouts: {read: '1s'}}}",
    );
    let address = process.wait_for_field("metrics are served", "address");
    let read = tokio::task::spawn_blocking(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said)
    });
    assert!(read.await.unwrap().is_ok(), "the connection is closed from the other side");
}
