//! Sessions, forms of other sites, and answers of other providers.

use super::dump::Dump;
use super::forms::{self, Form};
use super::ways::{Way, send_anew};
use crate::support::site::ISSUER;
use crate::support::{App, Ask, Browser, Client};

pub(super) const SESSION: &str = "__Host-signet_session";

pub(super) const BROWSER: &str = "__Host-signet_browser";

pub(super) const OTHER_BROWSER: &str = "This belongs to another browser";

pub(super) const TOO_OLD: &str = "This form is too old";

/// Asserts that a session's id opens nothing.
async fn expect_dead(app: &App, id: &str) {
    let mut thief = Browser::new(app);
    thief.cookies.insert(SESSION.to_owned(), id.to_owned());
    assert!(thief.open("/").await.has("password"), "the old id is alive");
    thief.ask(&Ask::of("post").prompt("none")).await.expect_error("login_required");
}

async fn sign_out(browser: &mut Browser) {
    let page = browser.open("/logout").await;
    assert_eq!(browser.press(&page, "logout-confirm", &[]).await.heading(), "Signed out");
}

#[tokio::test]
async fn g47_every_proof_gives_the_session_a_new_id() {
    new_ids(&App::start().await).await;
}

#[tokio::test]
async fn g47_every_proof_gives_the_session_a_new_id_on_postgresql() {
    new_ids(&App::on_postgres().await).await;
}

async fn new_ids(app: &App) {
    let mut browser = Browser::new(app);
    // An id that somebody planted before is not kept.
    let mut ids = vec!["AAAAAAAAAAAAAAAAAAAAAA".to_owned()];
    browser.cookies.insert(SESSION.to_owned(), ids[0].clone());
    let mut changed = async |browser: &Browser, why: &str| {
        let id = browser.session().unwrap_or_else(|| panic!("no session after {why}")).clone();
        assert!(!ids.contains(&id), "the id is an old one after {why}");
        assert!(id.len() >= 22, "128 bits");
        for old in &ids {
            expect_dead(app, old).await;
        }
        ids.push(id);
    };
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    changed(&browser, "the password").await;
    let (device, _) = browser.enrol(&page).await;
    changed(&browser, "the enrolment").await;
    let page = browser.ask(&Ask::of("post").prompt("login")).await;
    browser.sign_in(&page, "alice").await;
    changed(&browser, "the password once more").await;
    app.clock.advance(30);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    assert_eq!(page.step(), "second-factor");
    browser.type_code(&page, &device.code(app)).await;
    changed(&browser, "the one-time code").await;
    let page = browser.ask(&Ask::of("post").prompt("login")).await;
    browser.sign_in(&page, "bob").await;
    changed(&browser, "another person").await;
    let last = browser.session().unwrap().clone();
    let wrong = browser.ask(&Ask::of("post").prompt("login")).await;
    browser.press(&wrong, "login-submit", &[("username", "bob"), ("password", "wrong")]).await;
    assert_eq!(browser.session(), Some(&last), "a wrong password changes nothing");
    sign_out(&mut browser).await;
    assert_eq!(browser.session(), None);
    expect_dead(app, &last).await;
    browser.sign_in_at_home("bob").await;
    changed(&browser, "signing in again").await;
}

#[tokio::test]
async fn g49_only_the_cookie_with_the_prefix_is_read_and_only_when_it_came_once() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let session = browser.session().unwrap().clone();
    let mut attacker = Browser::new(&app);
    attacker.sign_in_at_home("bob").await;
    let foreign = attacker.session().unwrap().clone();
    let signed_in = async |line: &str| {
        let answer = app.get("/").header("cookie", line).send().await;
        assert_eq!(answer.status, 200, "{line}: {}", answer.text());
        assert!(!answer.text().contains("bob"), "{line}");
        !answer.text().contains("id=\"password\"")
    };
    assert!(signed_in(&format!("{SESSION}={session}")).await);
    // What a sibling site can set is not read: neither alone nor beside the real one.
    for name in [
        "signet_session",
        "__Secure-signet_session",
        "__host-signet_session",
        "__HOST-signet_session",
        "__Host-Signet_Session",
        "__Host-signet_session.",
        "%5F_Host-signet_session",
    ] {
        assert!(!signed_in(&format!("{name}={session}")).await, "{name}");
        assert!(signed_in(&format!("{name}={foreign}; {SESSION}={session}")).await, "{name} beside it");
        assert!(signed_in(&format!("{SESSION}={session}; {name}={foreign}")).await, "{name} beside it");
    }
    // Of two with one name neither is believed, in one line or two, equal or not.
    for other in [&session, &foreign, "", "x"] {
        assert!(!signed_in(&format!("{SESSION}={session}; {SESSION}={other}")).await);
        assert!(!signed_in(&format!("{SESSION}={other}; {SESSION}={session}")).await);
        let call = app.get("/").header("cookie", &format!("{SESSION}={session}"));
        let answer = call.header("cookie", &format!("{SESSION}={other}")).send().await;
        assert!(answer.text().contains("id=\"password\""), "two lines");
    }
    for value in ["a".repeat(8192), format!("\"{foreign}\""), format!("{foreign}x"), format!("%{foreign}")] {
        assert!(!signed_in(&format!("{SESSION}={value}")).await, "{value}");
    }
    // The browser's own name is held to the same rules.
    let page = browser.ask(&Ask::of("web")).await;
    let known = browser.cookies[BROWSER].clone();
    let other = attacker.cookies[BROWSER].clone();
    let open = async |line: &str| app.get(&page.path).header("cookie", line).send().await.status;
    let both = |name: &str, value: &str| format!("{SESSION}={session}; {name}={value}");
    assert_eq!(open(&both(BROWSER, &known)).await, 200);
    for line in [
        both("signet_browser", &known),
        both("__Secure-signet_browser", &known),
        both(BROWSER, &other),
        both(BROWSER, &format!("{known}; {BROWSER}={known}")),
        both(BROWSER, &format!("{known}; {BROWSER}={other}")),
        both(BROWSER, &"a".repeat(8192)),
    ] {
        assert_eq!(open(&line).await, 400, "{line}");
    }
}

#[tokio::test]
async fn g49_another_issuer_reads_none_of_it() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    for origin in ["https://other.example.org", "http://127.0.0.1:9091"] {
        let mut elsewhere = Browser { origin: origin.to_owned(), ..browser.clone() };
        for (from, to) in [(SESSION, "signet_session"), (BROWSER, "signet_browser")] {
            let value = elsewhere.cookies[from].clone();
            elsewhere.cookies.insert(to.to_owned(), value);
        }
        assert!(elsewhere.open("/").await.has("password"), "{origin}");
    }
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
}

#[tokio::test]
async fn g50_a_form_that_is_not_ours_changes_nothing() {
    let app = App::start().await;
    for form in Form::ALL {
        let foreign = forms::stand(&app, form).await.page.field("csrf").unwrap();
        let standing = forms::stand(&app, form).await;
        let mut browser = standing.browser.clone();
        let right = standing.fields();
        let field = |name: &str, value: Option<&str>| {
            let mut fields = right.clone();
            fields.retain(|(present, _)| present != name);
            fields.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            fields
        };
        // The token: none, an empty one, nonsense, another browser's, another page's, another request's.
        let elsewhere = match form {
            Form::SignOut | Form::HomeSignOut => browser.ask(&Ask::of("web").prompt("login")).await,
            _ => browser.open("/logout").await,
        };
        let elsewhere = elsewhere.field("csrf").unwrap_or_default();
        let again = browser.ask(&Ask::of("web")).await.field("csrf").unwrap_or_default();
        let before = Dump::of(&app).await;
        for token in [None, Some(""), Some("nonsense"), Some(&foreign), Some(&elsewhere), Some(&again)] {
            let view = forms::post(&mut browser, &standing, &field("csrf", token), &[]).await;
            view.expect_page(403, TOO_OLD);
        }
        // Where it comes from.
        for (name, value) in [
            ("origin", "null"),
            ("origin", ""),
            ("origin", "https://evil.example.org"),
            ("origin", "http://op.example.com"),
            ("origin", "https://op.example.com:444"),
            ("origin", "https://op.example.com.evil.org"),
            ("origin", "https://sub.op.example.com"),
            ("origin", "https://other.example.org"),
            ("origin", "https://rp.example.com"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "nonsense"),
        ] {
            forms::post(&mut browser, &standing, &right, &[(name, value)]).await.expect_page(403, TOO_OLD);
        }
        // What it is: forms of other sites can be sent as these without being asked.
        for media_type in ["text/plain", "multipart/form-data; boundary=x", "application/json", ""] {
            let body = forms::encoded(&right);
            let call = app.post(&standing.action).body(media_type, body).header("origin", ISSUER);
            browser.follow(&standing.action, call).await.expect_page(403, TOO_OLD);
        }
        // By GET.
        let separator = if standing.action.contains('?') { '&' } else { '?' };
        let path = format!("{}{separator}{}", standing.action, forms::encoded(&right));
        let view = browser.open(&path).await;
        assert_eq!((view.status(), view.outside), (200, None), "{form:?}");
        let after = Dump::of(&app).await;
        assert_eq!(after.without_time(), before.without_time(), "{form:?}: nothing is written");
        // What was sent is right but for what was changed.
        let view = forms::post(&mut browser, &standing, &right, &[("origin", ISSUER)]).await;
        assert_ne!(view.heading(), TOO_OLD, "{form:?}");
        assert_ne!(Dump::of(&app).await.without_time(), after.without_time(), "{form:?} does its work");
    }
}

#[tokio::test]
async fn g50_the_page_that_one_person_left_open_answers_for_nobody_else() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "consent");
    sign_out(&mut browser).await;
    browser.sign_in_at_home("bob").await;
    browser.allow(&page).await.expect_page(403, TOO_OLD);
    browser.press(&page, "consent-deny", &[]).await.expect_page(403, TOO_OLD);
}

#[tokio::test]
async fn g56_cookies_that_somebody_made_open_nothing() {
    forged(&App::start().await).await;
}

#[tokio::test]
async fn g56_cookies_that_somebody_made_open_nothing_on_postgresql() {
    forged(&App::on_postgres().await).await;
}

async fn forged(app: &App) {
    let mut browser = Browser::new(app);
    browser.sign_in_at_home("alice").await;
    let page = browser.ask(&Ask::of("web")).await;
    let stored = Dump::of(app).await;
    let made = [
        "AAAAAAAAAAAAAAAAAAAAAA",
        "_____________________w",
        "0",
        "1",
        "-1",
        "null",
        "alice",
        "' OR '1'='1",
        "' UNION SELECT id_hash FROM signet_sessions --",
        "%27%20OR%201=1",
        "../../etc/passwd",
        "{\"authentication\":{\"username\":\"alice\"}}",
        "eyJ1c2VybmFtZSI6ImFsaWNlIn0",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
    ];
    let values = made.iter().map(|value| (*value).to_owned()).chain(stored.values());
    for value in values.collect::<std::collections::BTreeSet<_>>() {
        let Ok(value) = axum::http::HeaderValue::from_str(&value).map(|_| value) else { continue };
        for name in [SESSION, BROWSER] {
            let mut forger = Browser::new(app);
            forger.cookies.insert(name.to_owned(), value.clone());
            let home = forger.open("/").await;
            assert!(home.has("password"), "{name}={value}: {}", home.text());
            let flow = forger.open(&page.path).await;
            assert_eq!(flow.status(), 400, "{name}={value}: {}", flow.text());
            // What was planted is not what the person gets.
            if name == SESSION {
                forger.sign_in(&home, "bob").await;
                assert_ne!(forger.session(), Some(&value), "{value}");
            }
        }
    }
    assert_eq!(browser.open(&page.path).await.step(), "consent", "the real ones still do");
}

#[tokio::test]
async fn g58_a_get_signs_nobody_out() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let mut browser = Browser::new(&app);
    let tokens = web.login_with(&mut browser, "alice", "openid").await;
    let session = browser.session().cloned();
    let queries = [
        String::new(),
        format!("?id_token_hint={}", tokens.id),
        "?post_logout_redirect_uri=https%3A%2F%2Frp.example.com%2F&client_id=web".to_owned(),
        "?action=sign-out&logout=true&confirm=yes".to_owned(),
    ];
    for path in ["/logout", "/logout/"] {
        for query in &queries {
            for (destination, mode) in
                [("image", "no-cors"), ("iframe", "navigate"), ("document", "navigate")]
            {
                for method in ["GET", "HEAD", "OPTIONS"] {
                    let call = app.call(method, &format!("{path}{query}"));
                    let call = call.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", mode);
                    let answer = browser.send(call.header("sec-fetch-dest", destination)).await;
                    assert_eq!(answer.header("location"), "", "{method} {path}{query}");
                    if method == "GET" && path == "/logout" {
                        assert!(answer.text().contains("Sign out?"), "{query}");
                    }
                }
            }
        }
    }
    for query in ["", "?post_logout_redirect_uri=https%3A%2F%2Frp.example.com%2F&client_id=web"] {
        let path = format!("/api/oidc/end-session{query}");
        let answer = browser.send(app.get(&path).header("sec-fetch-dest", "image")).await;
        assert_eq!(answer.header("location"), "", "{path}");
        assert!(answer.text().contains("Sign out?"), "{path}");
    }
    let call = app.post("/logout").form(&[]).header("sec-fetch-site", "cross-site");
    assert_eq!(browser.send(call).await.status, 403);
    assert_eq!(browser.session().cloned(), session);
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
    app.userinfo(&tokens.access).await.expect(200);
    sign_out(&mut browser).await;
    app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
}

#[tokio::test]
async fn g47_the_id_that_a_failed_second_factor_leaves_is_of_one_factor() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    let id = browser.session().cloned();
    assert_eq!(browser.type_code(&page, "12345").await.step(), "enrol");
    assert_eq!(browser.session().cloned(), id, "nothing was proven");
    let outcome =
        send_anew(&Client::new(&app, "web-2fa"), Way::Get, &Ask::of("web-2fa").prompt("none")).await;
    outcome.expect_error("login_required", "another browser");
    browser.ask(&Ask::of("web-2fa").prompt("none")).await.expect_error("interaction_required");
}
