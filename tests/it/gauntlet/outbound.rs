//! What Signet fetches leads nowhere inside: by every URL that a registration can name, counted at a socket that listens.

use std::net::{Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::request_object::by_value;
use crate::support::{App, Ask, Browser, Documents};

const CALLBACK: &str = "https://rp.example.com/callback";

/// Ways to write an address of this machine, and names that stand for it.
const HERE: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "localhost",
    "LocalHost",
    "localhost.",
    "127.0.0.1.",
];

/// Addresses that are no hosts of the internet; nobody listens there, so nothing may be asked of them at all.
const INSIDE: &[&str] = &[
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fe80::1]",
    "[fd00::1]",
    "[fd00:ec2::254]",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "[2001:db8::1]",
    "224.0.0.1",
    "[ff02::1]",
    "255.255.255.255",
    "240.0.0.1",
    "168.63.129.16",
];

/// What a registration can have fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    SectorIdentifier,
    Jwks,
    Request,
}

const WAYS: [Way; 3] = [Way::SectorIdentifier, Way::Jwks, Way::Request];

impl Way {
    /// A configuration whose client `lured` names a URL, and `more` of `identity_providers.oidc`.
    fn fragment(self, url: &str, more: &str) -> String {
        let option = match self {
            Self::SectorIdentifier => "sector_identifier_uri",
            Self::Jwks => "jwks_uri",
            Self::Request => "request_uris",
        };
        let url = if self == Self::Request { format!("['{url}']") } else { format!("'{url}'") };
        format!(
            "identity_providers: {{oidc: {{{more} clients: [{{client_id: lured, client_secret: 'digest:lured-secret', \
             redirect_uris: ['{CALLBACK}'], authorization_policy: one_factor, {option}: {url}}}]}}}}"
        )
    }

    /// Has the URL fetched, which must come to nothing; gives what the log says of it.
    async fn refused(self, app: &App, url: &str) -> String {
        match self {
            Self::SectorIdentifier => {
                let view = Browser::new(app).ask(&Ask::of("lured")).await;
                view.expect_error("server_error");
                format!("{:?}", app.log.of_request(view.answer.header("x-request-id")))
            }
            Self::Jwks => {
                let provider = app.provider.load_full();
                let client = provider.snapshot.client("lured").unwrap();
                provider.client_keys_with(client, Some("any")).await.unwrap_err().to_string()
            }
            Self::Request => {
                let ask = by_value("lured", "").without("request").set("request_uri", url);
                let view = Browser::new(app).ask(&ask).await;
                view.expect_page(400, "Request refused");
                format!("{:?}", app.log.of_request(view.answer.header("x-request-id")))
            }
        }
    }
}

#[tokio::test]
async fn g75_no_way_of_writing_it_leads_to_this_machine() {
    let documents = Documents::plain().await;
    documents.put("/inside", &json!([CALLBACK]));
    let sixth = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, documents.port()))).await.unwrap();
    for way in WAYS {
        for host in HERE {
            let url = format!("https://{host}:{}/inside", documents.port());
            let app = App::with(&way.fragment(&url, "")).await;
            let told = way.refused(&app, &url).await;
            assert!(
                told.contains("nothing was connected to") || told.contains("address is not known"),
                "{url}: {told}"
            );
        }
    }
    assert_eq!(documents.connections(), 0);
    let knocked = tokio::time::timeout(Duration::from_millis(50), sixth.accept()).await;
    assert!(knocked.is_err(), "somebody came to [::1]");
}

#[tokio::test]
async fn g75_nothing_is_asked_of_addresses_inside() {
    for way in WAYS {
        for host in INSIDE {
            let url = format!("https://{host}/inside");
            let app = App::with(&way.fragment(&url, "")).await;
            let told = way.refused(&app, &url).await;
            assert!(told.contains("nothing was connected to"), "{host}: {told}");
        }
    }
}

/// What may be fetched from inside is what the configuration names, and by http nothing else.
#[tokio::test]
async fn g75_an_allowed_network_opens_nothing_beside_it() {
    let documents = Documents::plain().await;
    documents.put("/inside", &json!([CALLBACK]));
    for way in WAYS {
        for (allowed, url) in [
            ("127.0.0.2/32", documents.url_at("127.0.0.1", "/inside")),
            ("10.0.0.0/8", documents.url_at("127.0.0.1", "/inside")),
            ("127.0.0.2/32", documents.url_at("127.0.0.1", "/inside").replace("http:", "https:")),
        ] {
            let more = format!("outbound: {{allowed_networks: ['{allowed}']}},");
            let told = way.refused(&App::with(&way.fragment(&url, &more)).await, &url).await;
            assert!(told.contains("nothing was connected to"), "{url}: {told}");
        }
    }
    assert_eq!(documents.connections(), 0);
}

#[tokio::test]
async fn g75_a_redirect_leads_nowhere() {
    let inside = Documents::plain().await;
    inside.put("/inside", &json!([CALLBACK]));
    let outside = Documents::plain_at("127.0.0.2").await;
    for way in WAYS {
        for status in ["301 x", "302 x", "303 x", "307 x", "308 x"] {
            let target = inside.url_at("127.0.0.1", "/inside");
            outside.say(
                "/moved",
                format!("HTTP/1.1 {status}\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"),
            );
            let more = "outbound: {allowed_networks: ['127.0.0.0/8']},";
            let url = outside.url_at("127.0.0.2", "/moved");
            let app = App::with(&way.fragment(&url, more)).await;
            let told = way.refused(&app, &url).await;
            assert!(told.contains("redirects are not followed"), "{status}: {told}");
        }
    }
    assert_eq!(inside.connections(), 0);
    assert!(outside.connections() > 0);
}

#[tokio::test]
async fn g75_other_schemes_and_passwords_are_refused_with_the_configuration() {
    for way in WAYS {
        for url in [
            "http://app.example.com/x",
            "file:///etc/passwd",
            "gopher://127.0.0.1:70/_x",
            "ftp://127.0.0.1/x",
            "data:application/json,[]",
            "unix:/run/x.sock",
            "//127.0.0.1/x",
            "https://user:pass@app.example.com/x",
            "https://app.example.com/x#y",
        ] {
            // There a fragment is a hash (OpenID Connect Core 1.0 section 6.2).
            if way == Way::Request && url.ends_with("#y") {
                continue;
            }
            let text = way.fragment(url, "");
            let folder = tempfile::tempdir().unwrap();
            let text = crate::support::configuration::text(&text, folder.path(), None);
            let loaded = signet::config::load_text("test.yml", &text);
            assert!(loaded.settings.is_none(), "{url}");
            assert!(loaded.problems.to_string().contains("bad_uri") || loaded.problems.has_errors(), "{url}");
        }
    }
}

/// How soon whoever waits for a document is told that it does not come: three seconds, and what a busy machine adds.
const GIVEN_UP: Duration = Duration::from_secs(8);

#[tokio::test]
async fn g75_whoever_says_nothing_or_drips_is_given_up_within_seconds() {
    let documents = Documents::plain().await;
    documents.say("/silent", "");
    documents.drip("/head", "HTTP/1.1 200 OK\r\nx: ");
    documents.drip("/body", "HTTP/1.1 200 OK\r\n\r\n[");
    let mut waiting = JoinSet::new();
    for path in ["/silent", "/head", "/body"] {
        for way in WAYS {
            let url = documents.url_at("127.0.0.1", path);
            let app = App::with(&way.fragment(&url, "outbound: {allowed_networks: ['127.0.0.1']},")).await;
            waiting.spawn(async move {
                let begun = Instant::now();
                let told = way.refused(&app, &url).await;
                assert!(told.contains("longer than 3 seconds"), "{path}: {told}");
                assert!(begun.elapsed() < GIVEN_UP, "{path} by {way:?}: {:?}", begun.elapsed());
            });
        }
    }
    waiting.join_all().await;
}

#[tokio::test]
async fn g75_what_is_huge_slow_or_broken_is_given_up() {
    let documents = Documents::plain().await;
    let large = format!("HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n[{}", " ".repeat(70_000));
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n[{}", " ".repeat(100_000));
    for (path, answer, why) in [
        ("/large", large, "longer than 64 KiB"),
        ("/endless", endless, "longer than 64 KiB"),
        ("/silent", String::new(), "longer than 3 seconds"),
        (
            "/gzip",
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx".to_owned(),
            "encoded as gzip",
        ),
        ("/error", "HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n".to_owned(), "status 500"),
        ("/noise", "SSH-2.0-OpenSSH_9.6\r\n".to_owned(), "broken"),
    ] {
        documents.say(path, answer);
        for way in WAYS {
            let more = "outbound: {allowed_networks: ['127.0.0.1']},";
            let url = documents.url_at("127.0.0.1", path);
            let app = App::with(&way.fragment(&url, more)).await;
            let before = documents.connections();
            let told = way.refused(&app, &url).await;
            assert!(told.contains(why), "{path}: {told}");
            // Nobody makes Signet knock again and again.
            for _ in 0..20 {
                way.refused(&app, &url).await;
            }
            assert_eq!(documents.connections(), before + 1, "{path}");
        }
    }
}
