//! What the options of a client do.

use crate::support::client::Method;
use crate::support::{Answer, App, Ask, Browser, Client};

async fn with(options: &str) -> App {
    let client = "      - client_id: own
        client_secret: digest:own-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor\n";
    let options: String = options.lines().map(|line| format!("        {}\n", line.trim_start())).collect();
    App::with(&format!("identity_providers:\n  oidc:\n    clients:\n{client}{options}")).await
}

#[tokio::test]
async fn each_endpoint_takes_the_method_that_is_registered_for_it() {
    const ENDPOINTS: [(&str, &str); 4] = [
        ("token_endpoint_auth_method", "/api/oidc/token"),
        ("introspection_endpoint_auth_method", "/api/oidc/introspection"),
        ("revocation_endpoint_auth_method", "/api/oidc/revocation"),
        ("pushed_authorization_request_endpoint_auth_method", "/api/oidc/pushed-authorization-request"),
    ];
    for (option, _) in ENDPOINTS {
        let app = with(&format!("{option}: client_secret_post")).await;
        for (endpoint, path) in ENDPOINTS {
            for method in [Method::Basic, Method::Post] {
                let client = Client { method, ..Client::new(&app, "own") };
                let answer = client.call(path, &[("token", "x")]).send().await;
                let registered = if endpoint == option { Method::Post } else { Method::Basic };
                let refused = answer.status == 401 && answer.error() == "invalid_client";
                assert_eq!(
                    refused,
                    method != registered,
                    "{option}: {endpoint} with {method:?}: {}",
                    answer.text()
                );
            }
        }
    }
}

#[tokio::test]
async fn a_response_type_that_is_not_registered_is_refused() {
    let asked = async |app: &App| Browser::new(app).ask(&Ask::of("own")).await;
    assert_eq!(asked(&with("response_types: [code]").await).await.step(), "sign-in");
    let without = with("response_types: [id_token]\ngrant_types: [authorization_code, implicit]").await;
    asked(&without).await.expect_error("unauthorized_client");
}

#[tokio::test]
async fn a_response_mode_that_is_not_registered_is_refused() {
    let app = with("response_modes: [fragment]").await;
    let asked = async |mode: &str| Browser::new(&app).ask(&Ask::of("own").set("response_mode", mode)).await;
    assert_eq!(asked("fragment").await.step(), "sign-in");
    for mode in ["query", "form_post"] {
        let returned = asked(mode).await.returned();
        assert!(!returned.get("error").is_empty() && !returned.parameters.contains_key("code"), "{mode}");
    }
}

#[tokio::test]
async fn the_name_of_the_client_stands_on_the_page_that_asks() {
    let app = with("client_name: The Own App\nconsent_mode: explicit").await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let page = browser.ask(&Ask::of("own")).await;
    assert_eq!(page.step(), "consent");
    assert!(page.text().contains("The Own App"), "{}", page.text());
}

#[tokio::test]
async fn every_consent_mode_asks_as_often_as_it_says() {
    for (mode, steps) in [
        ("consent_mode: explicit", ["consent", "consent"]),
        ("consent_mode: implicit", ["returned", "returned"]),
        ("consent_mode: auto", ["consent", "consent"]),
        ("consent_mode: pre-configured", ["consent", "returned"]),
        ("consent_mode: auto\npre_configured_consent_duration: 1h", ["consent", "returned"]),
    ] {
        let app = with(mode).await;
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        for step in steps {
            let page = browser.ask(&Ask::of("own")).await;
            assert_eq!(page.step(), step, "{mode}");
            if step == "consent" {
                browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
            }
        }
    }
}

#[tokio::test]
async fn a_consent_is_remembered_for_a_week_unless_the_duration_is_set() {
    for (mode, seconds) in [
        ("consent_mode: pre-configured", 7 * 86_400),
        ("consent_mode: pre-configured\npre_configured_consent_duration: 1h", 3600),
    ] {
        let app = with(mode).await;
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        let page = browser.ask(&Ask::of("own")).await;
        browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
        for (ahead, step) in [(seconds - 1, "returned"), (1, "consent")] {
            app.clock.advance(ahead);
            let mut browser = Browser::new(&app);
            browser.sign_in_at_home("alice").await;
            assert_eq!(browser.ask(&Ask::of("own")).await.step(), step, "{mode}: {ahead}");
        }
    }
}

#[tokio::test]
async fn the_digest_of_the_secret_is_what_counts() {
    let app = with("client_name: Own").await;
    let right = Client::new(&app, "own");
    let wrong = Client { secret: "another".to_owned(), ..right.clone() };
    let error = async |client: &Client| -> Answer { client.redeem("x").await };
    assert_eq!(error(&right).await.error(), "invalid_grant");
    assert_eq!(error(&wrong).await.error(), "invalid_client");
}
