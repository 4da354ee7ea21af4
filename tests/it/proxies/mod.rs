//! Signet behind the proxies of Debian, with the very files that `docs/proxies` shows: only ports and paths are the
//! test's own.

mod apache;
pub mod haproxy;
mod nginx;

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::support::certificates::Authority;
use crate::support::fleet::free_ports;
use crate::support::process::{Process, signet};
use crate::support::tls::Dial;
use crate::support::wait::{PATIENCE, until};
use crate::support::{Ask, Browser, Client, Person, Site, configuration};

/// The name that stands in the place of the one the files show.
pub const HOST: &str = "op.example.com";

/// A page of the documentation, made runnable.
struct Shown(String);

impl Shown {
    /// A file, and the page that shows it.
    #[track_caller]
    fn new(text: &str, page: &str) -> Self {
        assert!(page.contains(text), "the page shows another file");
        Self(text.replace("auth.example.com", HOST))
    }

    /// Puts what the test has in place of what the page shows.
    #[track_caller]
    fn with(self, shown: &str, own: &str) -> Self {
        assert!(self.0.contains(shown), "the page shows no {shown}");
        Self(self.0.replace(shown, own))
    }
}

/// A Signet without TLS, and room for a proxy before it.
struct House {
    folder: TempDir,
    authority: Authority,
    /// Where Signet listens.
    upstream: u16,
    /// Where the proxy does.
    port: u16,
    _signet: Process,
}

impl House {
    fn new() -> Self {
        Self::with_base("")
    }

    fn with_base(base: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The proxies' workers are other users.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        let ports = free_ports(2);
        let authority = Authority::new();
        let made = authority.made(HOST);
        for (name, text) in
            [("crt", &made.chain), ("key", &made.key), ("pem", &format!("{}{}", made.chain, made.key))]
        {
            fs::write(folder.path().join(format!("proxy.{name}")), text).unwrap();
        }
        let own = format!(
            "server: {{address: 'tcp://127.0.0.1:{}/{}', trusted_proxies: [127.0.0.1]}}\nsession: {{cookies: [{{domain: {HOST}, authelia_url: 'https://{HOST}{base}'}}]}}\nregulation: {{modes: [ip], max_retries: 3, find_time: 2m, ban_time: 5m}}\n",
            ports[0],
            base.trim_matches('/')
        );
        fs::write(folder.path().join("configuration.yml"), configuration::text(&own, folder.path(), None))
            .unwrap();
        let mut command = signet(&folder);
        command.args(["serve", "--config", "configuration.yml"]);
        let mut process = Process::start(command, tempfile::tempdir().unwrap());
        process.wait_for("ready in ");
        Self { folder, authority, upstream: ports[0], port: ports[1], _signet: process }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shown_path(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Starts a proxy and waits until it accepts connections.
    fn start(&self, mut command: Command) -> Process {
        command.current_dir(self.folder.path());
        let process = Process::start(command, tempfile::tempdir().unwrap());
        until("the proxy listens", PATIENCE, || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
        process
    }

    fn site(&self) -> Site {
        Site::over_tls(&format!("https://{HOST}"), Dial::new(self.port, HOST, &self.authority.root()))
    }

    /// A browser that comes from an address of loopback.
    fn browser_from(&self, address: &str) -> Browser {
        let mut browser = Browser::new(&self.site());
        browser.address = address.to_owned();
        browser
    }

    /// Everything that holds behind any proxy.
    async fn holds_what_is_promised(&self, log: &str) {
        self.a_whole_code_flow().await;
        self.who_is_asked_for_is_not_who_the_client_says().await;
        self.long_requests_and_answers_pass().await;
        self.the_log_holds_no_query(log);
        self.connections_are_kept().await;
        self.the_address_that_regulation_sees_is_the_clients().await;
        self.a_503_passes().await;
    }

    async fn a_whole_code_flow(&self) {
        let site = self.site();
        let tokens = Client::new(&site, "web").login("alice", "openid offline_access").await;
        let refreshed = Client::new(&site, "web").refresh(&tokens.refresh).await.expect(200);
        let access = refreshed.json()["access_token"].as_str().unwrap().to_owned();
        let answer = site.userinfo(&access).await.expect(200);
        assert!(answer.json()["sub"].is_string());
        assert_eq!(answer.all("strict-transport-security"), ["max-age=31536000"]);
        assert_eq!(answer.header("cache-control"), "no-store");
        site.get("/api/health/ready").send().await.expect(200);
    }

    /// The Host picks the issuer; nothing that a client forwards counts.
    async fn who_is_asked_for_is_not_who_the_client_says(&self) {
        let discovery = self.site().get("/.well-known/openid-configuration");
        let forged = discovery
            .header("x-forwarded-host", "evil.example.com")
            .header("x-forwarded-proto", "http")
            .header("forwarded", "for=203.0.113.9;host=evil.example.com;proto=http");
        let answer = forged.send().await.expect(200);
        assert_eq!(answer.json()["issuer"], json!(format!("https://{HOST}")));
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
        self.site().get("/").host("evil.example.com").send().await.expect(421);
    }

    async fn long_requests_and_answers_pass(&self) {
        let site = self.site();
        // The longest request that Signet takes, and an answer that carries its state back.
        let state = "s".repeat(15 * 1024);
        let returned =
            self.browser_from("127.0.0.1").authorize(&Ask::of("web").set("state", &state), "alice").await;
        assert_eq!(returned.get("state"), state);
        // Signet's own refusals reach the client, not the proxy's.
        let long = site.get(&Ask::of("web").set("state", &"s".repeat(17 * 1024)).path()).send().await;
        assert_eq!(long.status, 414);
        assert_eq!(long.header("x-request-id").len(), 10, "{}", long.text());
        let form = |length: usize| {
            let body = format!("grant_type=client_credentials&x={}", "a".repeat(length));
            let call = site.post("/api/oidc/token").basic("machine", "machine-secret");
            call.body("application/x-www-form-urlencoded", body)
        };
        form(63 * 1024).send().await.expect(200);
        let large = form(70 * 1024).send().await.expect(413);
        assert_eq!(large.header("x-request-id").len(), 10, "{}", large.text());
        let cookie = "c".repeat(6 * 1024);
        site.get("/").header("cookie", &format!("x={cookie}")).send().await.expect(200);
    }

    fn the_log_holds_no_query(&self, log: &str) {
        let mut text = String::new();
        until("both endpoints are logged", PATIENCE, || {
            text = fs::read_to_string(self.path(log)).unwrap_or_default();
            text.contains("/api/oidc/authorization") && text.contains("/api/oidc/token")
        });
        assert!(!text.contains("nonce-of-the-request") && !text.contains("client_id="), "{text}");
    }

    /// One connection to Signet serves many requests of one connection to the proxy.
    async fn connections_are_kept(&self) {
        let mut line =
            Dial::new(self.port, HOST, &self.authority.root()).connect(None).await.expect("a connection");
        let before = self.connections();
        for _ in 0..30 {
            assert_eq!(line.get(HOST, "/jwks.json").await.expect("an answer").status, 200);
        }
        let more = self.connections().saturating_sub(before);
        assert!(more < 15, "{more} connections for 30 requests");
    }

    /// Connections with Signet, those that ended a moment ago included.
    fn connections(&self) -> usize {
        let table = fs::read_to_string("/proc/net/tcp").expect("Linux");
        let port = format!(":{:04X}", self.upstream);
        let ends = |line: &&str| line.split_whitespace().nth(2).is_some_and(|remote| remote.ends_with(&port));
        let waits = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            let (local, state) = (words.next(), words.nth(1));
            local.is_some_and(|local| local.ends_with(&port)) && state == Some("06")
        };
        table.lines().filter(|line| ends(line) || waits(line)).count()
    }

    /// Each failure claims another address; the ban meets the connection's own, and nobody else's.
    async fn the_address_that_regulation_sees_is_the_clients(&self) {
        let wrong = [("username", "alice"), ("password", "wrong")];
        for number in 0..3 {
            let mut browser = self.browser_from("127.0.0.5");
            let page = browser.open("/").await;
            let fields = Browser::filled(&page, "login-submit", &wrong);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let call = browser
                .app
                .post(&page.action("login-submit"))
                .form(&fields)
                .header("origin", &browser.origin)
                .header("sec-fetch-site", "same-origin")
                .header("x-forwarded-for", &format!("203.0.113.{number}"));
            assert!(browser.follow("/", call).await.has("password"));
        }
        let heading = async |address: &str| {
            self.browser_from(address).sign_in_at_home("bob").await.heading().to_owned()
        };
        assert_ne!(heading("127.0.0.5").await, "You are signed in", "this address is banned");
        assert_eq!(heading("127.0.0.6").await, "You are signed in", "this one is not");
        assert_eq!(heading("127.0.0.1").await, "You are signed in", "nor is the proxy's");
    }

    /// A database that nobody can write, seen from outside.
    async fn a_503_passes(&self) {
        let path = self.shown_path("db.sqlite3");
        let mut lock = sqlx::SqliteConnection::connect(&format!("sqlite://{path}")).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut lock).await.unwrap();
        let site = self.site();
        let (one, two) = (Client::new(&site, "machine"), Client::new(&site, "machine"));
        let grant = [("grant_type", "client_credentials")];
        let (one, two) = tokio::join!(one.token(&grant), two.token(&grant));
        for answer in [one, two] {
            answer.expect_error(503, "temporarily_unavailable");
            assert_eq!(answer.header("retry-after"), "5");
        }
        sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    }
}

/// The base path is the proxy's business no more than any other path.
async fn keeps_the_base_path(house: &House) {
    let site = house.site();
    let discovery = site.get("/auth/.well-known/openid-configuration").send().await.expect(200).json();
    assert_eq!(discovery["issuer"], json!(format!("https://{HOST}/auth")));
    assert_eq!(discovery["token_endpoint"], json!(format!("https://{HOST}/auth/api/oidc/token")));
    let mut browser = Browser::new(&site);
    let page = browser.open(&format!("/auth{}", Ask::of("web").path())).await;
    assert!(page.path.starts_with("/auth/flow/"), "{}", page.path);
    let consent = browser.sign_in(&page, "alice").await;
    assert!(consent.path.ends_with("/consent"), "{}", consent.text());
    assert!(!browser.allow(&consent).await.returned().code().is_empty());
}
