//! No answer may stand in a frame of another site.

use super::forms::{self, Form};
use super::shape::is_page;
use crate::support::site::ISSUER;
use crate::support::{Answer, App, Ask, Browser};

#[tokio::test]
async fn g64_no_answer_may_be_framed() {
    let app = App::start().await;
    let mut answers: Vec<(String, Answer)> = Vec::new();
    let paths = [
        "/",
        "/logout",
        "/nonsense",
        "/flow/x",
        "/flow/x/consent",
        "/flow/%ff",
        "/static/signet.css",
        "/static/nonsense",
        "/favicon.ico",
        "/jwks.json",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/api/health",
        "/api/health/ready",
        "/api/oidc/authorization",
        "/api/oidc/token",
        "/api/oidc/userinfo",
        "/api/oidc/introspection",
        "/api/oidc/revocation",
        "/api/oidc/pushed-authorization-request",
    ];
    for path in paths {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            answers.push((format!("{method} {path}"), app.call(method, path).send().await));
        }
        let large = app.post(path).body("application/x-www-form-urlencoded", "a".repeat(70 * 1024));
        answers.push((format!("large {path}"), large.send().await));
        let other = app.post(path).body("application/json", "{}");
        answers.push((format!("JSON {path}"), other.send().await));
        answers
            .push((format!("long {path}"), app.get(&format!("{path}?{}", "a".repeat(20_000))).send().await));
        for host in ["evil.example.org", ""] {
            answers.push((format!("{host} {path}"), app.get(path).host(host).send().await));
        }
        let elsewhere = app.get(path).host("127.0.0.1:9091");
        answers.push((format!("http {path}"), elsewhere.send().await));
        let framed = app.get(path).header("sec-fetch-dest", "iframe").header("sec-fetch-site", "cross-site");
        answers.push((format!("framed {path}"), framed.send().await));
    }
    for form in Form::ALL {
        let standing = forms::stand(&app, form).await;
        answers.push((format!("{form:?}"), standing.page.answer.clone()));
        let mut browser = standing.browser.clone();
        let fields = standing.fields();
        for origin in ["https://evil.example.org", ISSUER] {
            let view = forms::post(&mut browser, &standing, &fields, &[("origin", origin)]).await;
            answers.push((format!("{form:?} from {origin}"), view.answer));
        }
    }
    for ask in [
        Ask::of("nobody"),
        Ask::of("web").set("redirect_uri", "https://evil.example.org/"),
        Ask::of("web").set("request_uri", "urn:ietf:params:oauth:request_uri:x"),
        Ask::of("web").add("state", "x"),
        Ask::of("web").set("response_mode", "form_post").prompt("none"),
        Ask::of("web").prompt("none"),
    ] {
        answers.push((ask.encoded(), app.get(&ask.path()).send().await));
    }
    // A fault of ours, and a database that is gone.
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let page = browser.open("/logout").await;
    app.storage.close().await;
    answers.push(("closed".to_owned(), browser.press(&page, "logout-confirm", &[]).await.answer));
    for path in paths {
        answers.push((
            format!("closed {path}"),
            app.get(path).header("cookie", &browser.cookie_line()).send().await,
        ));
    }
    let mut statuses = std::collections::BTreeSet::new();
    for (what, answer) in &answers {
        statuses.insert(answer.status);
        let policies = answer.all("content-security-policy");
        assert_eq!(policies.len(), 1, "{what}: {policies:?}");
        let framing = policies[0].split("; ").filter(|part| part.starts_with("frame-ancestors"));
        assert_eq!(framing.collect::<Vec<_>>(), ["frame-ancestors 'none'"], "{what}");
        assert!(policies[0].starts_with("default-src 'none'"), "{what}: {policies:?}");
        assert_eq!(answer.all("x-frame-options"), ["DENY"], "{what} {}", answer.status);
        assert_eq!(answer.all("x-content-type-options"), ["nosniff"], "{what}");
    }
    for status in [200, 303, 400, 401, 403, 404, 405, 413, 414, 415, 421, 503] {
        assert!(statuses.contains(&status), "{status} is not among {statuses:?}");
    }
}

#[tokio::test]
async fn g64_a_fault_of_ours_may_not_be_framed_either() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let refuse = match app.database() {
        None => "CREATE TRIGGER refuse BEFORE DELETE ON signet_sessions BEGIN SELECT RAISE(ABORT, 'no'); END",
        Some(_) => {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER refuse BEFORE DELETE ON signet_sessions FOR EACH ROW EXECUTE FUNCTION refuse()"
        }
    };
    app.sql.script(refuse).await;
    let page = browser.open("/logout").await;
    let answer = browser.press(&page, "logout-confirm", &[]).await.answer.expect(503);
    assert!(is_page(&answer));
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(answer.header("x-frame-options"), "DENY");
}
