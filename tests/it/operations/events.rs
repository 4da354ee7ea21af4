//! Every security event: told once in the log, and kept once in the table where something changed.

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::Row;

use crate::support::client::Tokens;
use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, Client, View};

/// Who, how it went, and what is known: the person, the client.
struct Expected {
    kind: &'static str,
    actor: &'static str,
    outcome: &'static str,
    username: Option<&'static str>,
    client: Option<&'static str>,
    /// Whether it is in the table.
    kept: bool,
}

const fn row(
    kind: &'static str,
    actor: &'static str,
    outcome: &'static str,
    username: Option<&'static str>,
    client: Option<&'static str>,
    kept: bool,
) -> Expected {
    Expected { kind, actor, outcome, username, client, kept }
}

const ALICE: Option<&str> = Some("alice");
const BOB: Option<&str> = Some("bob");
const WEB: Option<&str> = Some("web");

/// Events that the requests of this test make.
const TABLE: &[Expected] = &[
    row("login.success", "person", "success", ALICE, None, true),
    row("login.failure", "person", "failure", BOB, None, true),
    row("login.locked", "signet", "failure", BOB, None, true),
    row("factor.enrolled", "person", "success", ALICE, None, true),
    row("factor.used", "person", "success", ALICE, None, true),
    row("factor.failure", "person", "failure", ALICE, None, true),
    row("session.created", "person", "success", ALICE, None, true),
    row("session.rotated", "person", "success", ALICE, None, true),
    row("session.ended", "person", "success", ALICE, None, true),
    row("consent.granted", "person", "success", ALICE, WEB, true),
    row("consent.denied", "person", "failure", ALICE, WEB, true),
    row("code.issued", "person", "success", ALICE, WEB, true),
    row("code.redeemed", "client", "success", ALICE, WEB, true),
    row("code.replayed", "client", "failure", ALICE, WEB, true),
    row("token.issued", "client", "success", ALICE, WEB, true),
    row("token.refreshed", "client", "success", ALICE, WEB, true),
    row("token.reuse_detected", "client", "failure", ALICE, WEB, true),
    row("token.revoked", "client", "success", ALICE, WEB, true),
    row("token.introspected", "client", "success", ALICE, WEB, false),
    row("client.auth_failed", "client", "failure", None, WEB, false),
];

/// Events of the command line and of signals, and of pages whose own tests look at them.
const ELSEWHERE: &[&str] = &[
    "factor.removed",
    "config.reloaded",
    "key.rotated",
    "login.unlocked",
    "authelia.taken_over",
    "consent.revoked",
    "device.requested",
    "device.approved",
    "device.denied",
];

/// What the scenes of this test share.
struct Stage {
    app: App,
    web: Client,
    tokens: Option<Tokens>,
    device: Option<Device>,
}

impl Stage {
    async fn signed_in(&self) -> (Browser, View) {
        let mut browser = Browser::new(&self.app);
        let view = browser.sign_in_at_home("alice").await;
        (browser, view)
    }

    /// Up to the scene; what the scene itself does is looked at.
    async fn prepare(&mut self, kind: &str) -> Scene {
        match kind {
            "session.ended" => {
                let (mut browser, _) = self.signed_in().await;
                let page = browser.open("/logout").await;
                Scene::Press(Box::new(browser), Box::new(page), "logout-confirm", vec![])
            }
            "consent.granted" | "consent.denied" | "code.issued" => {
                let (mut browser, _) = self.signed_in().await;
                let page = browser.ask(&Ask::of("web")).await;
                let button = if kind == "consent.denied" { "consent-deny" } else { "consent-allow" };
                Scene::Press(Box::new(browser), Box::new(page), button, vec![])
            }
            "code.redeemed" | "token.issued" | "code.replayed" => {
                let ask = Ask::of("web").scope("openid offline_access");
                let code = Browser::new(&self.app).authorize(&ask, "alice").await.code();
                if kind == "code.replayed" {
                    self.web.redeem(&code).await.expect(200);
                }
                Scene::Redeem(code)
            }
            "token.refreshed" | "token.reuse_detected" | "token.revoked" | "token.introspected" => {
                let tokens = self.web.login("alice", "openid offline_access").await;
                if kind == "token.reuse_detected" {
                    self.web.refresh(&tokens.refresh).await.expect(200);
                }
                self.tokens = Some(tokens);
                Scene::Token
            }
            "factor.enrolled" | "factor.used" | "factor.failure" | "session.rotated" => {
                let mut browser = Browser::new(&self.app);
                let page = browser.ask(&Ask::of("web-2fa")).await;
                let page = browser.sign_in(&page, "alice").await;
                self.app.clock.advance(60);
                let code = match &self.device {
                    None => {
                        let device = Device::of(&page);
                        let code = device.code(&self.app);
                        self.device = Some(device);
                        code
                    }
                    Some(_) if kind == "factor.failure" => "000000".to_owned(),
                    Some(device) => device.code(&self.app),
                };
                Scene::Press(Box::new(browser), Box::new(page), "second-factor-submit", vec![("code", code)])
            }
            "login.success" | "session.created" | "login.failure" | "login.locked" => {
                let mut browser = Browser::new(&self.app);
                let page = browser.open("/").await;
                let (name, password) = match kind {
                    "login.success" | "session.created" => ("alice", "alice-password"),
                    _ => ("bob", "wrong"),
                };
                if kind == "login.locked" {
                    for _ in 0..1 {
                        browser
                            .press(&page, "login-submit", &[("username", name), ("password", password)])
                            .await;
                    }
                }
                let filled = vec![("username", name.to_owned()), ("password", password.to_owned())];
                Scene::Press(Box::new(browser), Box::new(page), "login-submit", filled)
            }
            "client.auth_failed" => Scene::Token,
            other => panic!("no scene for {other}"),
        }
    }

    async fn play(&mut self, kind: &str, scene: Scene) {
        match scene {
            Scene::Press(mut browser, page, button, filled) => {
                let filled: Vec<(&str, &str)> =
                    filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
                browser.press(&page, button, &filled).await;
            }
            Scene::Redeem(code) => drop(self.web.redeem(&code).await),
            Scene::Token => {
                let tokens = self.tokens.clone();
                let token =
                    |pick: fn(&Tokens) -> &String| tokens.as_ref().map(pick).cloned().unwrap_or_default();
                match kind {
                    "token.refreshed" | "token.reuse_detected" => {
                        drop(self.web.refresh(&token(|tokens| &tokens.refresh)).await);
                    }
                    "token.revoked" => drop(self.web.revoke(&token(|tokens| &tokens.access)).await),
                    "token.introspected" => {
                        assert!(self.web.is_active(&token(|tokens| &tokens.access)).await)
                    }
                    _ => {
                        let stranger = Client { secret: "a-wrong-secret".to_owned(), ..self.web.clone() };
                        stranger.token(&[("grant_type", "client_credentials")]).await.expect(401);
                    }
                }
            }
        }
    }
}

enum Scene {
    Press(Box<Browser>, Box<View>, &'static str, Vec<(&'static str, String)>),
    Redeem(String),
    Token,
}

#[tokio::test]
async fn each_event_is_told_once_with_its_fields_and_kept_with_its_change() {
    let app = App::with("regulation: {max_retries: 3, find_time: 2m, ban_time: 5m}").await;
    let web = Client::new(&app, "web");
    let mut stage = Stage { app: app.clone(), web, tokens: None, device: None };
    let pool =
        sqlx::SqlitePool::connect(&format!("sqlite://{}", app.path("db.sqlite3").display())).await.unwrap();
    for expected in TABLE {
        let kind = expected.kind;
        let scene = stage.prepare(kind).await;
        let before = app.request_ids.lock().unwrap().len();
        stage.play(kind, scene).await;
        let ids = app.request_ids.lock().unwrap()[before..].to_vec();

        let lines: Vec<Value> = ids.iter().flat_map(|id| app.log.of_request(id)).collect();
        let told: Vec<&Value> = lines.iter().filter(|line| line["event"] == kind).collect();
        assert_eq!(told.len(), 1, "{kind}: {lines:#?}");
        let line = told[0];
        let text = |name: &str| line[name].as_str();
        assert_eq!((text("msg"), text("target")), (Some(kind), Some("signet::event")));
        assert_eq!(
            (text("actor"), text("outcome")),
            (Some(expected.actor), Some(expected.outcome)),
            "{line}"
        );
        assert_eq!((text("username"), text("client")), (expected.username, expected.client), "{line}");
        assert_eq!(text("issuer"), Some("https://op.example.com"), "{line}");
        assert_eq!(text("address"), Some("192.0.2.7"), "{line}");
        assert_eq!(text("user_agent").map(str::len), Some(16), "{line}");
        assert!(text("time").unwrap().ends_with('Z'), "{line}");

        let mut kept = Vec::new();
        for id in &ids {
            let rows = sqlx::query(
                "SELECT username, client_id, address, issuer, actor, outcome, user_agent FROM signet_events \
                 WHERE request_id = $1 AND kind = $2",
            );
            kept.extend(rows.bind(id).bind(kind).fetch_all(&pool).await.unwrap());
        }
        assert_eq!(kept.len(), usize::from(expected.kept), "{kind}");
        for row in kept {
            for (column, field) in [
                ("username", "username"),
                ("client_id", "client"),
                ("address", "address"),
                ("issuer", "issuer"),
                ("actor", "actor"),
                ("outcome", "outcome"),
                ("user_agent", "user_agent"),
            ] {
                assert_eq!(row.get::<Option<String>, _>(column).as_deref(), text(field), "{kind} {column}");
            }
        }
    }
}

#[test]
fn the_table_knows_every_kind() {
    let source = include_str!("../../../src/model/event.rs");
    let names: BTreeSet<&str> = source
        .split("=> \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| name.contains('.') && !name.starts_with("admin."))
        .collect();
    let known: BTreeSet<&str> = TABLE.iter().map(|row| row.kind).chain(ELSEWHERE.iter().copied()).collect();
    let missing: Vec<_> = names.difference(&known).collect();
    assert!(names.len() > 20 && missing.is_empty(), "no scene provokes {missing:?}");
}
