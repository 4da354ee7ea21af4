//! Consent: when the person is asked, what is shown, what is remembered.

use crate::support::{App, Ask, Browser, Client, View};

async fn start() -> App {
    App::with(include_str!("consent.yml")).await
}

/// A signed-in browser's request to a client.
async fn ask(browser: &mut Browser, client: &str, scope: &str) -> View {
    browser.ask(&Ask::of(client).scope(scope)).await
}

async fn signed_in(app: &App) -> Browser {
    let mut browser = Browser::new(app);
    browser.sign_in_at_home("alice").await;
    browser
}

#[tokio::test]
async fn the_page_says_who_asks_for_what_with_the_persons_own_values() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let page =
        ask(&mut browser, "explicit", "openid profile email groups phone address offline_access").await;
    let text = page.text();
    for shown in
        ["The &#60;Explicit&#62; App", "Alice Ample", "alice@example.com", "admins", "Unter den Linden 1"]
    {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!text.contains("<Explicit>"));
    assert!(!page.has("consent-remember"), "nothing to remember without pre-configured consent");
    let with_audience = browser.ask(&Ask::of("explicit").set("resource", "https://api.example.com")).await;
    assert!(with_audience.text().contains("https://api.example.com"));
}

#[tokio::test]
async fn explicit_consent_asks_each_time() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    for _ in 0..2 {
        let page = ask(&mut browser, "explicit", "openid").await;
        assert_eq!(page.step(), "consent");
        browser.allow(&page).await.returned().code();
    }
}

#[tokio::test]
async fn implicit_consent_asks_only_where_it_must() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    ask(&mut browser, "implicit", "openid profile").await.returned().code();
    assert_eq!(ask(&mut browser, "implicit", "openid offline_access").await.step(), "consent");
    assert_eq!(browser.ask(&Ask::of("implicit").prompt("consent")).await.step(), "consent");
}

#[tokio::test]
async fn consent_is_remembered_when_the_person_ticks_the_box_and_as_long_as_configured() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let page = ask(&mut browser, "remembering", "openid profile").await;
    assert!(page.has("consent-remember"));
    browser.allow(&page).await.returned().code();
    let page = ask(&mut browser, "remembering", "openid profile").await;
    assert_eq!(page.step(), "consent", "the box was not ticked");
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    ask(&mut browser, "remembering", "openid profile").await.returned().code();
    browser.ask(&Ask::of("remembering").scope("openid profile").prompt("none")).await.returned().code();

    assert_eq!(ask(&mut browser, "remembering", "openid email").await.step(), "consent", "other scopes");
    assert_eq!(ask(&mut browser, "remembering", "openid profile offline_access").await.step(), "consent");
    assert_eq!(
        browser.ask(&Ask::of("remembering").scope("openid profile").prompt("consent")).await.step(),
        "consent"
    );
    let resource = Ask::of("remembering").scope("openid profile").set("resource", "https://api.example.com");
    assert_eq!(browser.ask(&resource).await.step(), "consent", "another audience");
    assert_eq!(ask(&mut browser, "explicit", "openid profile").await.step(), "consent", "another client");

    let mut bob = Browser::new(&app);
    bob.sign_in_at_home("bob").await;
    assert_eq!(ask(&mut bob, "remembering", "openid profile").await.step(), "consent", "another person");

    app.clock.advance(7200);
    let mut later = signed_in(&app).await;
    assert_eq!(
        ask(&mut later, "remembering", "openid profile").await.step(),
        "consent",
        "two hours are over"
    );
}

#[tokio::test]
async fn what_is_asked_each_time_is_not_offered_to_be_remembered() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let page = ask(&mut browser, "remembering", "openid offline_access").await;
    assert!(!page.has("consent-remember"), "offline_access is asked each time");
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    assert_eq!(ask(&mut browser, "remembering", "openid offline_access").await.step(), "consent");
    assert_eq!(
        app.sql.number("SELECT COUNT(*) FROM signet_consents WHERE remembered_until IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn a_remembered_consent_holds_in_every_browser_of_the_person() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let page = ask(&mut browser, "remembering", "openid").await;
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    let mut other = signed_in(&app).await;
    ask(&mut other, "remembering", "openid").await.returned().code();
}

#[tokio::test]
async fn ticking_the_box_of_an_explicit_client_remembers_nothing() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let page = ask(&mut browser, "explicit", "openid").await;
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    assert_eq!(ask(&mut browser, "explicit", "openid").await.step(), "consent");
}

#[tokio::test]
async fn what_was_allowed_is_granted_whole_and_nothing_else() {
    let app = start().await;
    let client = Client::new(&app, "explicit");
    let tokens = client.login("alice", "openid email").await;
    assert_eq!(tokens.body["scope"], "openid email");
    let claims = app.userinfo(&tokens.access).await.expect(200).json();
    assert_eq!(claims["email"], "alice@example.com");
    assert_eq!(claims.get("name"), None);
    assert_eq!(tokens.refresh, "", "no offline_access, no refresh token");
}

#[tokio::test]
async fn neither_allow_nor_deny_is_no_consent() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let page = ask(&mut browser, "explicit", "openid").await;
    let csrf = page.field("csrf").unwrap();
    browser.post(&page.path, &[("csrf", &csrf)]).await.expect_error("access_denied");
}

#[tokio::test]
async fn an_app_that_nothing_but_an_address_of_this_machine_proves_is_asked_about_each_time() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let ask = |client: &str, uri: &str| Ask::of(client).set("redirect_uri", uri);
    for uri in ["http://127.0.0.1:4711/app", "http://localhost/app", "com.example.app:/callback"] {
        for _ in 0..2 {
            let page = browser.ask(&ask("native", uri)).await;
            assert_eq!(page.step(), "consent", "{uri}");
            browser.allow(&page).await.returned().code();
        }
        browser.ask(&ask("native", uri).prompt("none")).await.expect_error("consent_required");
    }
    for uri in ["http://[::1]:4711/app", "com.example.app:/callback"] {
        for _ in 0..2 {
            let page = browser.ask(&ask("native-remembering", uri)).await;
            assert!(page.step() == "consent" && !page.has("consent-remember"), "{uri}: {}", page.text());
            browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
        }
        browser.ask(&ask("native-remembering", uri).prompt("none")).await.expect_error("consent_required");
    }
    // An address of its own on the web proves it, and so does a secret.
    let web = "https://rp.example.com/callback";
    browser.ask(&ask("native", web)).await.returned().code();
    browser.ask(&ask("native", web).prompt("none")).await.returned().code();
    browser.ask(&ask("local", "http://127.0.0.1/app")).await.returned().code();
    let page = browser.ask(&ask("native-remembering", web)).await;
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    browser.ask(&ask("native-remembering", web).prompt("none")).await.returned().code();
    // What is remembered for the one answers nothing for the other.
    let elsewhere = ask("native-remembering", "com.example.app:/callback").prompt("none");
    browser.ask(&elsewhere).await.expect_error("consent_required");
}

#[tokio::test]
async fn a_secret_proves_nothing_of_an_answer_that_holds_tokens() {
    let app = start().await;
    let mut browser = signed_in(&app).await;
    let ask = |client: &str, response_type: &str, uri: &str| {
        Ask::of(client).set("response_type", response_type).set("redirect_uri", uri)
    };
    let web = "https://rp.example.com/callback";
    let front = ["id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"];
    for uri in ["http://127.0.0.1/app", "com.example.app:/callback"] {
        for response_type in front {
            for _ in 0..2 {
                let page = browser.ask(&ask("tokens", response_type, uri)).await;
                assert_eq!(page.step(), "consent", "{response_type} {uri}");
                assert!(browser.allow(&page).await.returned().gives(), "{response_type} {uri}");
            }
            let silent = ask("tokens", response_type, uri).prompt("none");
            browser.ask(&silent).await.expect_error("consent_required");
        }
        browser.ask(&ask("tokens", "code", uri).prompt("none")).await.returned().code();
    }
    for response_type in front {
        assert!(browser.ask(&ask("tokens", response_type, web).prompt("none")).await.returned().gives());
    }
    // What is remembered counts for the code, and for an address of its own on the web.
    let app_uri = "com.example.app:/callback";
    let page = browser.ask(&ask("tokens-remembering", "code", app_uri)).await;
    browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
    browser.ask(&ask("tokens-remembering", "code", app_uri).prompt("none")).await.returned().code();
    assert!(browser.ask(&ask("tokens-remembering", "id_token token", web)).await.returned().gives());
    let page = browser.ask(&ask("tokens-remembering", "id_token token", app_uri)).await;
    assert!(page.step() == "consent" && !page.has("consent-remember"), "{}", page.text());
}
