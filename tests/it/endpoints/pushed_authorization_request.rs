//! Pushed authorization requests (RFC 9126).

use crate::support::{App, Ask, Browser, Client};

const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// What a browser brings: the client and the name of the request.
fn bare(client: &str, request_uri: &str) -> String {
    let ask = Ask::of(client);
    let ask = ask.pairs().into_iter().fold(ask.clone(), |ask, (name, _)| ask.without(name));
    ask.add("client_id", client).add("request_uri", request_uri).path()
}

#[tokio::test]
async fn a_pushed_request_is_named_opened_and_answered() {
    let app = App::start().await;
    for client in ["web", "spa"] {
        let client = Client::new(&app, client);
        let answer = client.push(&Ask::of(&client.id).set("login_hint", "alice")).await.expect(201);
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        assert_eq!(body["expires_in"], 300);
        let request_uri = body["request_uri"].as_str().unwrap();
        assert!(request_uri.starts_with(URN), "{request_uri}");
        let mut browser = Browser::new(&app);
        let page = browser.open(&bare(&client.id, request_uri)).await;
        assert_eq!(page.field("username").as_deref(), Some("alice"), "the pushed parameters count");
        let page = browser.sign_in(&page, "alice").await;
        let returned = browser.allow(&page).await.returned();
        assert_eq!(returned.get("state"), "state-of-the-request");
        assert_eq!(returned.get("iss"), "https://op.example.com");
        client.redeem(&returned.code()).await.expect(200);
    }
}

#[tokio::test]
async fn the_list_of_checks_is_that_of_the_authorization_endpoint() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let ask = Ask::of("web");
    let request_uri = web.pushed(&ask).await;
    for (ask, error) in [
        (ask.clone().set("request_uri", &request_uri), "invalid_request"),
        (ask.clone().set("request_uri", "https://rp.example.com/r"), "invalid_request"),
        (ask.clone().set("request", "e30.e30."), "invalid_request_object"),
        (ask.clone().set("redirect_uri", "https://evil.example.org/"), "invalid_request"),
        (ask.clone().without("redirect_uri"), "invalid_request"),
        (ask.clone().scope("openid nonsense"), "invalid_scope"),
        (ask.clone().set("state", "short"), "invalid_request"),
        (ask.clone().set("response_type", "token"), "unauthorized_client"),
        (ask.clone().set("response_type", "device"), "unsupported_response_type"),
        (ask.clone().set("code_challenge_method", "plain"), "invalid_request"),
        (ask.clone().set("resource", "https://other.example.com"), "invalid_target"),
        (ask.clone().add("state", "twice-over"), "invalid_request"),
        (ask.clone().set("client_id", "spa"), "invalid_client"),
    ] {
        let answer = web.push(&ask).await;
        assert_eq!(answer.error(), error, "{} {}", ask.encoded(), answer.text());
        assert_eq!(answer.status, if error == "invalid_client" { 401 } else { 400 });
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let spa = Client::new(&app, "spa");
    spa.push(&Ask::of("spa").without_pkce()).await.expect_error(400, "invalid_request");
}
