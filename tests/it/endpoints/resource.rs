//! `resource` and `audience`: where an access token may be used (RFC 8707).

use serde_json::{Value, json};

use crate::support::client::code_fields;
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client};

const IMPLICIT: &str = "
identity_providers:
  oidc:
    clients:
      - client_id: everywhere
        client_secret: digest:everywhere-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        access_token_signed_response_alg: RS256
        requested_audience_mode: implicit
        audience: [https://api.example.com/v1, https://files.example.com, api]
        grant_types: [authorization_code, refresh_token]
        scopes: [openid, offline_access]
";

async fn code(app: &App, ask: &Ask) -> String {
    Browser::new(app).authorize(ask, "alice").await.code()
}

/// `aud` of the access token that a code gives.
async fn aud(app: &App, client: &str, code: &str, more: &[(&str, &str)]) -> Result<Value, String> {
    let fields = [&code_fields(client, code)[..], more].concat();
    let answer = Client::new(app, client).token(&fields).await;
    if answer.status != 200 {
        return Err(answer.error());
    }
    Ok(verify(app, answer.json()["access_token"].as_str().unwrap()).await.claims["aud"].clone())
}

#[tokio::test]
async fn a_resource_below_a_registered_one_is_granted_as_it_was_asked_for() {
    let app = App::start().await;
    let ask = |resource: &str| Ask::of("jwt").set("resource", resource);
    for resource in
        ["https://api.example.com", "https://api.example.com/", "https://api.example.com/v1/files"]
    {
        let code = code(&app, &ask(resource)).await;
        assert_eq!(aud(&app, "jwt", &code, &[]).await, Ok(json!(resource)));
    }
    let mut browser = Browser::new(&app);
    for resource in [
        "https://api.example.com.evil.test/",
        "https://api.example.com:8443/",
        "http://api.example.com/v1",
        "https://api.example.com/v1?x",
        "https://api.example.com/v1/../v2",
        "https://api.example.com/%2e%2e/v2",
        "https://api.example.com/v1#x",
        "/v1",
    ] {
        browser.ask(&ask(resource)).await.expect_error("invalid_target");
        Client::new(&app, "jwt").push(&ask(resource)).await.expect_error(400, "invalid_target");
    }
    // What `audience` names is compared as it is.
    browser
        .ask(&Ask::of("jwt").set("audience", "https://api.example.com/v1"))
        .await
        .expect_error("invalid_target");
}

#[tokio::test]
async fn a_token_request_narrows_to_some_of_the_resources_that_were_granted() {
    let app = App::with(IMPLICIT).await;
    let (files, below) = ("https://files.example.com/7", "https://api.example.com/v1/x");
    let ask = Ask::of("everywhere").add("resource", below).add("resource", files).set("audience", "api");
    for (more, expected) in [
        (vec![], Ok(json!([below, files, "api"]))),
        (vec![("resource", files)], Ok(json!(files))),
        (vec![("resource", files), ("resource", below)], Ok(json!([files, below]))),
        (vec![("audience", "api")], Ok(json!("api"))),
        (vec![("resource", "https://files.example.com/7/8")], Err("invalid_target".to_owned())),
        (vec![("resource", "https://files.example.com")], Err("invalid_target".to_owned())),
        (vec![("resource", "https://api.example.com/v1")], Err("invalid_target".to_owned())),
    ] {
        let code = code(&app, &ask).await;
        assert_eq!(aud(&app, "everywhere", &code, &more).await, expected, "{more:?}");
    }
}

#[tokio::test]
async fn the_whole_list_is_granted_to_a_person_s_token_where_the_client_is_registered_so() {
    let app = App::with(IMPLICIT).await;
    let code = code(&app, &Ask::of("everywhere")).await;
    let all = json!(["https://api.example.com/v1", "https://files.example.com", "api"]);
    assert_eq!(aud(&app, "everywhere", &code, &[]).await, Ok(all));
}
