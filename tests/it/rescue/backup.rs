//! `signet storage backup` under load, and `signet storage restore` on another machine.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;

use super::{On, Place};
use crate::support::client::Tokens;
use crate::support::totp::Device;
use crate::support::{Ask, Browser, Client};

/// Nobody is locked out by much signing in.
const FRAGMENT: &str = "
regulation: {max_retries: 0}
identity_providers:
  oidc:
    clients:
      - client_id: web
        client_secret: digest:web-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        pre_configured_consent_duration: 2h
        scopes: [openid, profile, offline_access]
        grant_types: [authorization_code, refresh_token]
      - client_id: web-2fa
        client_secret: digest:web-2fa-secret
        redirect_uris: [https://rp.example.com/2fa]
        authorization_policy: two_factor
        consent_mode: implicit
        scopes: [openid, profile]
";

/// How often a backup is made and restored from and to each kind of database: the four share the rounds asked for.
#[allow(clippy::disallowed_methods, reason = "the rounds are asked for by the environment of the tests")]
fn rounds() -> usize {
    let asked = std::env::var("SIGNET_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    asked.map_or(1, |rounds: usize| rounds.div_ceil(4))
}

/// What people and a relying party hold before a backup.
struct Held {
    browser: Browser,
    tokens: Tokens,
    subject: Value,
    device: Device,
}

impl Held {
    async fn begin(place: &Place) -> Self {
        let mut browser = Browser::new(&place.site);
        let page = browser.ask(&Ask::of("web").scope("openid profile")).await;
        let page = browser.sign_in(&page, "alice").await;
        // Remembered in an earlier round already, perhaps.
        if page.step() == "consent" {
            browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
        }
        let web = Client::new(&place.site, "web");
        let tokens = web.login_with(&mut browser, "alice", "openid offline_access").await;
        let subject = subject(&web, &tokens.access).await;
        place.run(&["user", "totp", "delete", "bob"]);
        let mut second = Browser::new(&place.site);
        let page = second.ask(&Ask::of("web-2fa")).await;
        let page = second.sign_in(&page, "bob").await;
        let (device, _) = second.enrol(&page).await;
        Self { browser, tokens, subject, device }
    }

    /// Everything goes on at another machine.
    async fn goes_on_at(mut self, place: &Place) {
        let web = Client::new(&place.site, "web");
        self.browser.app = place.site.clone();
        assert_eq!(self.browser.open("/").await.heading(), "You are signed in");
        let remembered = Ask::of("web").scope("openid profile").prompt("none");
        self.browser.ask(&remembered).await.returned().code();
        assert!(web.is_active(&self.tokens.access).await);
        let body = web.refresh(&self.tokens.refresh).await.expect(200).json();
        assert_eq!(subject(&web, body["access_token"].as_str().unwrap()).await, self.subject);
        web.redeem(&self.tokens.code).await.expect_error(400, "invalid_grant");
        let mut second = Browser::new(&place.site);
        let page = second.ask(&Ask::of("web-2fa")).await;
        let page = second.sign_in(&page, "bob").await;
        let code = self.device.next_code(&place.site);
        second.type_code(&page, &code).await.returned().code();
    }
}

async fn subject(web: &Client, token: &str) -> Value {
    let userinfo = web.app.get("/api/oidc/userinfo").header("authorization", &format!("Bearer {token}"));
    userinfo.send().await.expect(200).json()["sub"].clone()
}

/// People who sign in and applications that refresh, until told to stop. Says how often.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl Load {
    fn on(place: &Place) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for number in 0..3 {
            let (site, stop, done) = (place.site.clone(), stop.clone(), done.clone());
            tasks.spawn(async move {
                let web = Client::new(&site, "web");
                while !stop.load(Ordering::SeqCst) {
                    let mut tokens = web.login(&format!("racer-{number}"), "openid offline_access").await;
                    for _ in 0..5 {
                        let body = web.refresh(&tokens.refresh).await.expect(200).json();
                        tokens = Tokens::of(String::new(), body);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        Self { stop, done, tasks }
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        self.tasks.join_all().await;
        self.done.load(Ordering::SeqCst)
    }
}

/// The rows of a backup by table and column name, in no order; what a restore adds is left out.
fn content(file: &Path) -> BTreeMap<String, Vec<String>> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut table, mut columns) = (String::new(), Vec::new());
    for line in std::fs::read_to_string(file).unwrap().lines() {
        match serde_json::from_str(line).unwrap() {
            Value::Array(mut row) => {
                // PostgreSQL keeps members in an order of its own.
                row.iter_mut().for_each(Value::sort_all_objects);
                let named: BTreeMap<&String, Value> = columns.iter().zip(row).collect();
                let row = serde_json::to_string(&named).unwrap();
                if !row.contains("admin.storage_restored") {
                    tables.entry(table.clone()).or_default().push(row);
                }
            }
            line if line.get("table").is_some() => {
                table = line["table"].as_str().unwrap().to_owned();
                columns = serde_json::from_value(line["columns"].clone()).unwrap();
                tables.entry(table.clone()).or_default();
            }
            _ => {}
        }
    }
    tables.values_mut().for_each(|rows| rows.sort());
    tables
}

/// Backs up one that serves under load, restores at another machine, and goes on there.
async fn cycles(from: On, to: On) {
    let mut place = Place::served(from, FRAGMENT);
    let load = Load::on(&place);
    let (mut slowest, mut rows) = (Duration::ZERO, 0);
    for round in 0..rounds() {
        let held = Held::begin(&place).await;
        let file = place.path(&format!("backup-{round}.jsonl"));
        let before = load.done.load(Ordering::SeqCst);
        let begun = Instant::now();
        let said = place.run(&["storage", "backup", file.to_str().unwrap()]).done();
        slowest = slowest.max(begun.elapsed());
        assert_eq!(said, format!("{} rows are in {}.\n", count(&file), file.display()));
        rows = count(&file);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        let mut other = place.elsewhere(to, FRAGMENT);
        let restored = other.run(&["storage", "restore", file.to_str().unwrap()]).done();
        assert!(restored.starts_with(&format!("{rows} rows are restored, as of ")), "{restored}");
        assert_eq!(other.events("admin.storage_restored").await, 1);
        let again = other.path("again.jsonl");
        other.run(&["storage", "backup", again.to_str().unwrap()]).done();
        assert!(content(&file) == content(&again), "round {round}: the rows differ");
        let checked = other.run(&["storage", "check"]).done();
        assert!(!checked.contains("FAILED"), "{checked}");
        other.serve();
        held.goes_on_at(&other).await;
        assert!(load.done.load(Ordering::SeqCst) >= before);
    }
    let done = load.end().await;
    assert!(done > 0, "there was load");
    println!(
        "backup of {from:?} under load, restored to {to:?}: {} cycles, {done} refreshes meanwhile, {rows} rows \
         at last, slowest backup {slowest:?}",
        rounds()
    );
    place.run(&["storage", "check"]).done();
    place.stop();
}

fn count(file: &Path) -> usize {
    std::fs::read_to_string(file).unwrap().lines().filter(|line| line.starts_with('[')).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_sqlite_goes_on_elsewhere() {
    cycles(On::Sqlite, On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_sqlite_goes_on_with_postgres() {
    cycles(On::Sqlite, On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgres_goes_on_elsewhere() {
    cycles(On::Postgres, On::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgres_goes_on_with_sqlite() {
    cycles(On::Postgres, On::Sqlite).await;
}
