//! Every refusal has ten characters, and by them its reason is found: in the log and in the table.

use signet::model::refusal::Refusal;

use crate::support::{Answer, App, Ask, Browser, Client, secrets};

/// What is kept of a refused answer; its line of the log says the same.
async fn kept(app: &App, answer: &Answer) -> Refusal {
    let id = answer.header("x-request-id");
    assert!(id.len() == 10 && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()), "{id}");
    app.keep_refusals().await;
    let refusal = app.storage.refusal(id).await.unwrap().expect("it is kept");
    let lines = app.log.of_request(id);
    let told: Vec<_> = lines.iter().filter(|line| line["msg"] == "request refused").collect();
    assert_eq!(told.len(), 1, "{lines:?}");
    assert_eq!(
        (&told[0]["error"], &told[0]["reason"]),
        (&refusal.error.as_str().into(), &refusal.reason.as_str().into())
    );
    assert_eq!(secrets::leaks(&format!("{refusal:?}")), Vec::<String>::new());
    refusal
}

#[tokio::test]
async fn the_reason_names_what_was_wrong_and_which_client() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let stranger = Client { secret: "a-secret-that-is-wrong".to_owned(), ..web.clone() };
    let unknown = Client { id: "WEB".to_owned(), ..web.clone() };
    let used = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
    web.redeem(&used).await.expect(200);
    let evil = Ask::of("web")
        .set("redirect_uri", "https://who:secret-in-user@evil.example.com/cb?t=secret-in-query#x");
    let cases: Vec<(Answer, u16, &str, Option<&str>, &str)> = vec![
        (
            app.get(&evil.path()).send().await,
            400,
            "redirect_uri",
            Some("web"),
            "'https://evil.example.com/cb' (and",
        ),
        (app.get(&Ask::of("nobody").path()).send().await, 400, "unknown_client", None, "of 6 characters"),
        (
            app.get(&Ask::of("web").add("scope", "x").path()).send().await,
            400,
            "invalid_request",
            None,
            "scope stands twice",
        ),
        (
            app.get(&Ask::of("web").scope("openid admin").path()).send().await,
            303,
            "invalid_scope",
            Some("web"),
            "admin",
        ),
        (
            app.get(&Ask::of("web").prompt("none").path()).send().await,
            303,
            "login_required",
            Some("web"),
            "prompt=none",
        ),
        (stranger.redeem("x").await, 401, "invalid_client", Some("web"), "the secret is wrong"),
        (unknown.redeem("x").await, 401, "invalid_client", None, "otherwise than the registered 'web'"),
        (web.redeem(&used).await, 400, "invalid_grant", Some("web"), "the code was used before"),
        (
            web.token(&[("grant_type", "password")]).await,
            400,
            "unsupported_grant_type",
            Some("web"),
            "grant_type",
        ),
        (app.userinfo("a-token-of-nobody").await, 401, "invalid_token", None, "no such access token"),
        (app.get("/api/oidc/userinfo").send().await, 401, "no_token", None, "no access token came"),
        (app.get("/nowhere/at/all").send().await, 404, "not_found", None, "nothing at this path"),
        (app.call("PUT", "/api/oidc/token").send().await, 405, "method_not_allowed", None, "method"),
        (app.get("/").host("evil.example.com").send().await, 421, "wrong_host", None, "session.cookies"),
        (
            app.post("/api/oidc/token")
                .body("application/x-www-form-urlencoded", vec![b'a'; 70_000])
                .send()
                .await,
            413,
            "invalid_request",
            None,
            "65536 bytes",
        ),
        (app.get(&format!("/{}", "a".repeat(17_000))).send().await, 414, "unreadable", None, "16384 bytes"),
    ];
    for (answer, status, error, client, words) in cases {
        let refusal = kept(&app, &answer).await;
        assert_eq!(
            (answer.status, refusal.status, refusal.error.as_str()),
            (status, status, error),
            "{refusal:?}"
        );
        assert_eq!(refusal.client_id.as_deref(), client, "{refusal:?}");
        assert!(refusal.reason.contains(words), "{words}: {refusal:?}");
        if answer.header("content-type").starts_with("text/html") {
            assert!(answer.text().contains(&format!("id=\"error-code\" translate=\"no\">{}<", refusal.id)));
        }
    }
}

#[tokio::test]
async fn a_policy_that_says_no_is_named_with_its_line() {
    let app = App::with(include_str!("../endpoints/policy.yml")).await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("bob").await;
    let denied = browser.ask(&Ask::of("office")).await;
    let refusal = kept(&app, &denied.answer).await;
    assert_eq!((refusal.error.as_str(), refusal.client_id.as_deref()), ("access_denied", Some("office")));
    assert!(refusal.reason.contains("the default of policy office (test.yml:"), "{}", refusal.reason);
}

#[tokio::test]
async fn a_pending_authorization_is_not_named() {
    let app = App::start().await;
    let page = Browser::new(&app).ask(&Ask::of("web")).await;
    let answer = Browser::new(&app).open(&page.path).await.answer;
    let refusal = kept(&app, &answer).await;
    assert_eq!(refusal.endpoint, "GET /flow/{id}/sign-in");
    let id = page.path.split('/').nth(2).unwrap();
    for request in app.request_ids.lock().unwrap().iter() {
        for line in app.log.of_request(request) {
            assert!(!line.to_string().contains(id), "{line}");
        }
    }
}

#[tokio::test]
async fn every_line_of_a_request_carries_its_id_and_a_success_keeps_nothing() {
    let app = App::start().await;
    let tokens = Client::new(&app, "web").login("alice", "openid").await;
    app.userinfo(&tokens.access).await.expect(200);
    let ids = app.request_ids.lock().unwrap().clone();
    for id in &ids {
        let lines = app.log.of_request(id);
        let answered = lines.iter().filter(|line| line["msg"] == "answered").count();
        assert_eq!(answered, 1, "{lines:?}");
        assert!(lines.iter().all(|line| line["msg"] != "request refused"), "{lines:?}");
    }
    assert_eq!(app.refusals.take(10).refusals, []);
}
