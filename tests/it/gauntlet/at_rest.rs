//! M: whoever stole the database has nothing that opens anything.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use signet::secrets::mac::{sha256, sha256_base64url};

use super::dump::{Cell, Dump};
use super::ways::by_name;
use crate::support::client::Tokens;
use crate::support::totp::Device;
use crate::support::{App, Ask, Browser, Client, View, WaitingDevice, waiting_device};

const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// Nobody is locked out for trying, and one client's consent is remembered.
const CONFIGURATION: &str = "
regulation: {max_retries: 1000000}
identity_providers:
  oidc:
    clients:
      - client_id: web
        client_secret: digest:web-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        pre_configured_consent_duration: 2h
        scopes: [openid, profile, offline_access, read]
        grant_types: [authorization_code, refresh_token]
        audience: [https://api.example.com]
      - client_id: web-2fa
        client_secret: digest:web-2fa-secret
        redirect_uris: [https://rp.example.com/2fa]
        authorization_policy: two_factor
        scopes: [openid, offline_access]
        grant_types: [authorization_code, refresh_token]
      - client_id: machine
        client_secret: digest:machine-secret
        grant_types: [client_credentials]
        audience: [api]
        scopes: [read]
      - client_id: tv
        public: true
        authorization_policy: one_factor
        scopes: [openid]
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code']
      - client_id: auditor
        client_secret: digest:auditor-secret
        introspect_any: true
        redirect_uris: [https://auditor.example.com/callback]
        authorization_policy: one_factor
";

#[tokio::test]
async fn m1_every_table_is_written_down() {
    let page = include_str!("../../../docs/security.md");
    for (table, _) in super::dump::columns(&App::start().await).await {
        assert!(page.contains(&format!("`{table}`")), "docs/security.md does not say what is in {table}");
    }
}

/// A service in the middle of its work, and what its people and clients hold.
struct Busy {
    app: App,
    alice: Browser,
    tokens: Tokens,
    /// A code that nobody redeemed yet.
    code: String,
    /// A pushed request that nobody opened yet.
    pushed: String,
    /// A page that waits for alice's answer.
    waiting: View,
    device: Device,
    machine: String,
    /// A device that waits for an answer.
    tv: WaitingDevice,
    /// Everything that opens something.
    secrets: Vec<(&'static str, String)>,
}

async fn busy(app: App) -> Busy {
    let web = Client::new(&app, "web");
    let mut alice = Browser::new(&app);
    let page = alice.open("/").await;
    let remembered = [("username", "alice"), ("password", "alice-password"), ("remember", "true")];
    alice.press(&page, "login-submit", &remembered).await;
    let ask = Ask::of("web").scope("openid profile").set("audience", "https://api.example.com");
    let page = alice.ask(&ask).await;
    let code = alice.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    web.redeem(&code).await.expect(200);
    let tokens = web.login_with(&mut alice, "alice", "openid offline_access").await;
    let rotated = web.refresh(&tokens.refresh).await.expect(200);
    let tokens = Tokens::of(tokens.code, rotated.json());
    // A device, made in another browser; bob's waits for its first code.
    let mut other = Browser::new(&app);
    let page = other.ask(&Ask::of("web-2fa")).await;
    let page = other.sign_in(&page, "alice").await;
    let seed = page.inner("totp-secret");
    let (device, page) = other.enrol(&page).await;
    other.allow(&page).await.returned().code();
    let mut bob = Browser::new(&app);
    let page = bob.ask(&Ask::of("web-2fa")).await;
    let bobs_seed = bob.sign_in(&page, "bob").await.inner("totp-secret");
    // The password where the name belongs, and a wrong one.
    let mut hasty = Browser::new(&app);
    let page = hasty.open("/").await;
    for (name, password) in [("alice-password", "x"), ("alice", "alice-passwort")] {
        hasty.press(&page, "login-submit", &[("username", name), ("password", password)]).await;
    }
    // The device ends no session of the first browser, which has a code, a request and a page open.
    let code = alice.ask(&ask).await.returned().code();
    let opened = web.pushed(&Ask::of("web")).await;
    Browser::new(&app).open(&by_name("web", &opened)).await;
    let pushed = web.pushed(&Ask::of("web")).await;
    let waiting = alice.ask(&Ask::of("web").scope("openid read")).await;
    assert_eq!(waiting.step(), "consent");
    let fields = [("grant_type", "client_credentials"), ("scope", "read")];
    let machine = Client::new(&app, "machine").token(&fields).await.expect(200).json();
    let machine = machine["access_token"].as_str().unwrap().to_owned();

    let tv = WaitingDevice::of(&Client::new(&app, "tv"), "openid").await;

    let mut secrets: Vec<(&'static str, String)> = vec![
        ("device code", tv.code.clone()),
        ("user code", tv.user_code.clone()),
        ("user code", tv.user_code.replace('-', "")),
        ("access token", tokens.access.clone()),
        ("refresh token", tokens.refresh.clone()),
        ("ID token", tokens.id.clone()),
        ("spent code", tokens.code.clone()),
        ("code", code.clone()),
        ("pushed request", pushed.strip_prefix(URN).unwrap().to_owned()),
        ("opened request", opened.strip_prefix(URN).unwrap().to_owned()),
        ("the client's own token", machine.clone()),
        ("seed", seed),
        ("seed", bobs_seed),
        ("form token", waiting.field("csrf").unwrap()),
        ("verifier", crate::support::VERIFIER.to_owned()),
        ("key", "the encryption key of every test".to_owned()),
        ("key", "the hmac secret of every test, long enough".to_owned()),
    ];
    for browser in [&alice, &other, &bob] {
        secrets.extend(browser.cookies.values().map(|value| ("cookie", value.clone())));
    }
    for typed in
        ["alice-password", "bob-password", "alice-passwort", "web-secret", "web-2fa-secret", "machine-secret"]
    {
        secrets.push(("typed", typed.to_owned()));
        // Without salt and cost it is guessed as fast as it is written.
        secrets.push(("digest of what was typed", sha256_base64url(typed.as_bytes())));
        secrets.push(("digest of what was typed", hex(&sha256(typed.as_bytes()))));
    }
    for (what, handle) in secrets.clone() {
        let parts: Vec<&str> = handle.splitn(3, '_').collect();
        if let ["signet", "ac" | "at" | "rt" | "pr" | "dc", body] = parts[..] {
            secrets.push((what, body.to_owned()));
            // The part that the database must not know: id ‖ random ‖ MAC.
            let random = URL_SAFE_NO_PAD.decode(body).unwrap()[16..48].to_vec();
            secrets.push((what, URL_SAFE_NO_PAD.encode(&random)));
            secrets.push((what, hex(&random)));
        } else if what == "seed" {
            let bytes = totp_rs::Secret::try_from_base32(&handle).unwrap();
            secrets.push((what, URL_SAFE_NO_PAD.encode(bytes.as_bytes())));
            secrets.push((what, hex(bytes.as_bytes())));
        }
    }
    Busy { app, alice, tokens, code, pushed, waiting, device, machine, tv, secrets }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every value, and what a thief would make of it: the handles it might be, and of each row with an id and a digest the
/// handle that holds both.
fn attempts(dump: &Dump) -> BTreeSet<String> {
    let mut attempts = dump.values();
    let long: Vec<String> = attempts.iter().filter(|value| value.len() >= 20).cloned().collect();
    let named = |name: &str| {
        let cells = dump.0.iter().filter(|cell| cell.column == name);
        cells.map(|cell| (cell.table.clone(), cell.value.clone())).collect::<Vec<_>>()
    };
    let mut bodies: Vec<String> = long.clone();
    for (table, id) in named("id") {
        for (_, hash) in named("hash").iter().filter(|(other, _)| *other == table) {
            if let (Ok(id), Ok(hash)) = (URL_SAFE_NO_PAD.decode(&id), URL_SAFE_NO_PAD.decode(hash)) {
                bodies.push(URL_SAFE_NO_PAD.encode([id.as_slice(), &hash, &[0; 8]].concat()));
            }
        }
    }
    for kind in ["ac", "at", "rt", "pr", "dc"] {
        attempts.extend(bodies.iter().map(|body| format!("signet_{kind}_{body}")));
    }
    attempts
}

#[tokio::test]
async fn m1_nothing_in_a_database_dump_can_be_used() {
    nothing_can_be_used(App::with(CONFIGURATION).await).await;
}

#[tokio::test]
async fn m1_nothing_in_a_database_dump_can_be_used_on_postgresql() {
    nothing_can_be_used(App::on_postgres_with(CONFIGURATION).await).await;
}

async fn nothing_can_be_used(app: App) {
    let busy = busy(app).await;
    let app = &busy.app;
    let dump = Dump::of(app).await;
    for table in [
        "interactions",
        "pushed_requests",
        "grants",
        "authorization_codes",
        "access_tokens",
        "refresh_tokens",
        "consents",
        "device_codes",
        "subjects",
        "totp",
        "totp_enrolments",
        "known_browsers",
        "attempts",
        "sessions",
        "events",
    ] {
        assert!(dump.0.iter().any(|cell| cell.table == format!("signet_{table}")), "nothing in {table}");
    }
    for Cell { table, column, value } in &dump.0 {
        for (what, secret) in &busy.secrets {
            assert!(
                !value.to_lowercase().contains(&secret.to_lowercase()),
                "{table}.{column} holds a {what}: {value}"
            );
        }
    }
    let attempts = attempts(&dump);
    assert!(attempts.len() > 300, "{}", attempts.len());
    for value in &attempts {
        as_tokens(&busy, value).await;
        if axum::http::HeaderValue::from_str(value).is_ok() && !value.contains([';', ',', '"', ' ']) {
            as_cookies(&busy, value).await;
        }
        as_seed(&busy, value);
    }
    // Short values too are passwords and secrets somebody might have.
    for value in dump.values() {
        as_secrets(&busy, &value).await;
    }
    // And what was held all along still opens everything, so that the above was asked rightly.
    let web = Client::new(app, "web");
    app.userinfo(&busy.tokens.access).await.expect(200);
    assert!(Client::new(app, "auditor").is_active(&busy.machine).await);
    web.redeem(&busy.code).await.expect(200);
    assert_eq!(Browser::new(app).open(&by_name("web", &busy.pushed)).await.step(), "sign-in");
    let mut alice = busy.alice.clone();
    assert_eq!(alice.open("/").await.heading(), "You are signed in");
    assert_eq!(alice.open(&busy.waiting.path).await.step(), "consent");
    web.refresh(&busy.tokens.refresh).await.expect(200);
    busy.tv.poll().await.expect_error(400, "authorization_pending");
    assert_eq!(Browser::new(app).type_user_code(&busy.tv.user_code).await.step(), "sign-in");
}

async fn as_tokens(busy: &Busy, value: &str) {
    let app = &busy.app;
    if axum::http::HeaderValue::from_str(value).is_ok() {
        let status = app.userinfo(value).await.status;
        assert!(matches!(status, 400 | 401), "bearer {value}: {status}");
    }
    for client in ["web", "web-2fa"] {
        let client = Client::new(app, client);
        let refused = ["invalid_grant", "invalid_request"];
        let answer = client.refresh(value).await;
        assert!(answer.status == 400 && refused.contains(&answer.error().as_str()), "refresh {value}");
        let answer = client.redeem(value).await;
        assert!(answer.status == 400 && refused.contains(&answer.error().as_str()), "code {value}");
    }
    let fields = [("grant_type", waiting_device::GRANT), ("device_code", value)];
    let answer = busy.tv.client.token(&fields).await;
    assert!(
        answer.status == 400 && ["invalid_grant", "invalid_request"].contains(&answer.error().as_str()),
        "device {value}"
    );
    if !value.is_empty() {
        assert!(!Client::new(app, "auditor").is_active(value).await, "introspected {value}");
    }
    let view = Browser::new(app).open(&by_name("web", &format!("{URN}{value}"))).await;
    assert_eq!((view.status(), &view.outside), (400, &None), "request {value}: {}", view.text());
    let bare = Browser::new(app).open(&by_name("web", value)).await.try_returned();
    assert!(bare.is_none_or(|told| told.get("code").is_empty()), "request {value}");
}

async fn as_cookies(busy: &Busy, value: &str) {
    let app = &busy.app;
    let mut thief = Browser::new(app);
    thief.cookies.insert("__Host-signet_session".to_owned(), value.to_owned());
    assert!(thief.open("/").await.has("password"), "session {value}");
    // With the session's owner beside it, and without.
    thief.cookies.insert("__Host-signet_browser".to_owned(), value.to_owned());
    let view = thief.open(&busy.waiting.path).await;
    assert_eq!((view.status(), &view.outside), (400, &None), "browser {value}");
    let path: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let view = Browser::new(app).open(&format!("/flow/{path}")).await;
    assert!(matches!(view.status(), 400 | 404) && view.outside.is_none(), "flow {value}: {}", view.text());
}

async fn as_secrets(busy: &Busy, value: &str) {
    let app = &busy.app;
    let page = Browser::new(app).open("/").await;
    for name in ["alice", "bob"] {
        let mut thief = Browser::new(app);
        thief.cookies.insert("__Host-signet_browser".to_owned(), cookie_of(&page));
        let view = thief.press(&page, "login-submit", &[("username", name), ("password", value)]).await;
        assert!(view.has("password") && thief.session().is_none(), "password {value}: {}", view.text());
    }
    for id in ["web", "web-2fa", "machine", "auditor"] {
        let client = Client { secret: value.to_owned(), ..Client::new(app, id) };
        let answer = client.token(&[("grant_type", "client_credentials")]).await;
        answer.expect_error(401, "invalid_client");
    }
}

/// The name that a page's first visit gave the browser.
fn cookie_of(page: &View) -> String {
    let line = page.answer.header("set-cookie");
    line.split_once('=').and_then(|(_, rest)| rest.split(';').next()).expect("a cookie").to_owned()
}

/// Three steps in a row that agree are no accident.
fn as_seed(busy: &Busy, value: &str) {
    let mut seeds = vec![value.as_bytes().to_vec()];
    seeds.extend(URL_SAFE_NO_PAD.decode(value));
    seeds.extend(totp_rs::Secret::try_from_base32(value).map(|secret| secret.as_bytes().to_vec()));
    // Of a sealed value, what is left without its head and its tag.
    let inner = URL_SAFE_NO_PAD
        .decode(value)
        .ok()
        .and_then(|sealed| Some(sealed.get(17..sealed.len().checked_sub(16)?)?.to_vec()));
    seeds.extend(inner);
    for seed in seeds.into_iter().filter(|seed| !seed.is_empty()) {
        assert!(!busy.device.has_seed(&seed, &busy.app), "seed {value}");
    }
}
