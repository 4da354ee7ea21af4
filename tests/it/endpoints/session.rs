//! Sessions: cookies, lives by the clock, and what ends with them.

use crate::support::{App, Ask, Browser, Client};

const HTTP: &str = "http://127.0.0.1:9091";

#[tokio::test]
async fn cookies_over_https_are_host_bound_and_secure() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    for name in ["__Host-signet_browser", "__Host-signet_session"] {
        let line = browser.set_cookies.iter().find(|line| line.starts_with(name)).expect(name);
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(line.split("; ").any(|part| part == attribute), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
    }
}

#[tokio::test]
async fn cookies_over_http_on_loopback_are_equal_but_for_secure() {
    let app = App::start().await;
    let mut browser = Browser::at(&app, HTTP);
    browser.sign_in_at_home("alice").await;
    for name in ["signet_browser", "signet_session"] {
        let line = browser.set_cookies.iter().find(|line| line.starts_with(name)).expect(name);
        assert!(
            line.contains("HttpOnly") && line.contains("SameSite=Lax") && line.contains("Path=/"),
            "{line}"
        );
        assert!(!line.contains("Secure") && !line.contains("Domain"), "{line}");
    }
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
    assert_eq!(browser.open("/").await.answer.header("strict-transport-security"), "");
}

#[tokio::test]
async fn the_name_of_the_configuration_replaces_the_word() {
    let app = App::with("session: {name: example}").await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    assert!(browser.cookies.contains_key("__Host-example"), "{:?}", browser.cookies);
}

#[tokio::test]
async fn what_a_sibling_host_plants_beside_the_cookies_changes_nothing() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let own = browser.cookie_line();
    let mut mallory = Browser::new(&app);
    mallory.sign_in_at_home("bob").await;
    let planted = mallory.session().unwrap();
    for plant in [
        "mood=größer".to_owned(),
        format!("\u{2000}__Host-signet_session={planted}"),
        format!("__host-signet_session={planted}"),
        format!("signet_session={planted}"),
    ] {
        for line in [format!("{plant}; {own}"), format!("{own}; {plant}")] {
            let home = app.get("/").raw_header("cookie", line.as_bytes()).send().await.expect(200).text();
            assert!(home.contains("Alice Ample"), "{plant}");
        }
        let home = app.get("/").raw_header("cookie", plant.as_bytes()).send().await.expect(200).text();
        assert!(home.contains("login-submit"), "{plant} is believed");
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let app = App::with("session: {inactivity: 5m, expiration: 1h}").await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    for _ in 0..3 {
        app.clock.advance(200);
        assert_eq!(browser.open("/").await.heading(), "You are signed in");
    }
    app.clock.advance(301);
    assert!(browser.open("/").await.has("password"));
    browser.ask(&Ask::of("post").prompt("none")).await.expect_error("login_required");
}

#[tokio::test]
async fn a_session_ends_in_any_case() {
    let app = App::with("session: {inactivity: 5m, expiration: 20m}").await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    for _ in 0..6 {
        app.clock.advance(199);
        assert_eq!(browser.open("/").await.heading(), "You are signed in");
    }
    app.clock.advance(6);
    assert!(browser.open("/").await.has("password"), "20 minutes are over");
}

#[tokio::test]
async fn a_remembered_session_lives_as_long_as_configured_without_use() {
    let app = App::with("session: {remember_me: 10d}").await;
    let mut browser = Browser::new(&app);
    let page = browser.open("/").await;
    let filled = [("username", "alice"), ("password", "alice-password"), ("remember", "true")];
    browser.press(&page, "login-submit", &filled).await;
    let line = browser.set_cookies.iter().rfind(|line| line.contains("signet_session")).unwrap();
    assert!(line.contains("Max-Age=864000"), "{line}");
    app.clock.advance(9 * 86_400);
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
    app.clock.advance(86_400);
    assert!(browser.open("/").await.has("password"));
}

#[tokio::test]
async fn a_session_that_is_not_remembered_ends_with_the_browser() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let line = browser.set_cookies.iter().rfind(|line| line.contains("signet_session")).unwrap();
    assert!(!line.contains("Max-Age") && !line.contains("Expires"), "{line}");
    let off = App::with("session: {remember_me: -1}").await;
    assert!(!Browser::new(&off).open("/").await.has("remember"), "not offered");
}

#[tokio::test]
async fn a_second_factor_does_not_prolong_the_session() {
    let app = App::with("session: {inactivity: 1h, expiration: 1h}").await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    app.clock.advance(200);
    browser.enrol(&page).await;
    app.clock.advance(3400);
    assert!(browser.open("/").await.has("password"));
}

#[tokio::test]
async fn typing_the_password_again_keeps_the_tokens_of_the_sign_in() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let mut browser = Browser::new(&app);
    let first = web.login_with(&mut browser, "alice", "openid").await;
    let page = browser.ask(&Ask::of("post").prompt("login")).await;
    browser.sign_in(&page, "alice").await;
    app.userinfo(&first.access).await.expect(200);
    let page = browser.open("/logout").await;
    browser.press(&page, "logout-confirm", &[]).await;
    assert_eq!(app.userinfo(&first.access).await.status, 401, "one sign-out ends both");
}

/// Two issuers that one process serves; what the second has of its own goes there.
fn two(own: &str) -> String {
    format!(
        "session:
  {{name: first, expiration: 1h, inactivity: 10m, remember_me: 10d, cookies: [
    {{domain: op.example.com, authelia_url: 'https://op.example.com'}},
    {{domain: other.example.org, authelia_url: 'https://other.example.org', {own}}}]}}"
    )
}

const OTHER: &str = "https://other.example.org";

#[tokio::test]
async fn each_cookie_domain_is_an_issuer_with_a_name_of_its_own() {
    let app = App::with(&two("name: second")).await;
    for (origin, name) in [("https://op.example.com", "__Host-first"), (OTHER, "__Host-second")] {
        let mut browser = Browser::at(&app, origin);
        browser.sign_in_at_home("alice").await;
        assert!(browser.cookies.contains_key(name), "{:?}", browser.cookies);
        let host = origin.split_once("://").unwrap().1;
        let discovery = app.get("/.well-known/openid-configuration").host(host).send().await.expect(200);
        assert_eq!(discovery.json()["issuer"], origin);
    }
}

#[tokio::test]
async fn each_cookie_domain_has_times_of_its_own_and_those_of_the_section_otherwise() {
    let signed_in = async |app: &App, origin: &str, steps: &[i64]| {
        let mut browser = Browser::at(app, origin);
        browser.sign_in_at_home("alice").await;
        for step in steps {
            app.clock.advance(*step);
            if browser.open("/").await.heading() != "You are signed in" {
                return false;
            }
        }
        true
    };
    let here = "https://op.example.com";
    let app = App::with(&two("inactivity: 2m")).await;
    assert!(signed_in(&app, here, &[500, 500]).await && !signed_in(&app, here, &[601]).await);
    assert!(signed_in(&app, OTHER, &[110, 110]).await && !signed_in(&app, OTHER, &[121]).await);
    let app = App::with(&two("expiration: 15m")).await;
    assert!(signed_in(&app, here, &[500, 500, 500]).await);
    assert!(signed_in(&app, OTHER, &[440, 440]).await && !signed_in(&app, OTHER, &[440, 440, 21]).await);
}

#[tokio::test]
async fn each_cookie_domain_remembers_for_as_long_as_it_says_or_not_at_all() {
    let remembered = async |app: &App, origin: &str| {
        let mut browser = Browser::at(app, origin);
        let page = browser.open("/").await;
        if !page.has("remember") {
            return None;
        }
        let filled = [("username", "alice"), ("password", "alice-password"), ("remember", "true")];
        browser.press(&page, "login-submit", &filled).await;
        let line = browser.set_cookies.iter().rfind(|line| line.starts_with("__Host-first")).unwrap();
        let age = line.split("; ").find_map(|part| part.strip_prefix("Max-Age=")).map(str::to_owned);
        Some(age.expect("the browser keeps it"))
    };
    for (own, there) in
        [("remember_me: 2d", Some("172800")), ("remember_me: -1", None), ("same_site: lax", Some("864000"))]
    {
        let app = App::with(&two(own)).await;
        assert_eq!(remembered(&app, "https://op.example.com").await.as_deref(), Some("864000"), "{own}");
        assert_eq!(remembered(&app, OTHER).await.as_deref(), there, "{own}");
    }
}
