//! What a client lost in the configuration, it cannot use any more.

use crate::support::{App, Ask, Browser, Client};

/// The client `web`, registered for less.
fn web(change: &str) -> String {
    let mut client =
        "{client_id: web, client_secret: 'digest:web-secret', authorization_policy: one_factor, \
                      redirect_uris: ['https://rp.example.com/callback'], scopes: [SCOPES], \
                      grant_types: [authorization_code, refresh_token], response_modes: [MODES], \
                      audience: [AUDIENCE]}"
            .to_owned();
    let whole = [
        ("SCOPES", "openid, profile, offline_access"),
        ("MODES", "query, fragment"),
        ("AUDIENCE", "'https://api.example.com'"),
    ];
    for (name, value) in whole {
        let value = if name == change { value.rsplit_once(", ").map_or("", |(less, _)| less) } else { value };
        client = client.replace(name, value);
    }
    format!("identity_providers: {{oidc: {{clients: [{client}]}}}}")
}

#[tokio::test]
async fn a_grant_falls_with_the_scope_or_audience_it_was_made_for() {
    for (lost, ask) in [
        ("SCOPES", Ask::of("web").scope("openid profile offline_access")),
        ("AUDIENCE", Ask::of("web").scope("openid profile").set("audience", "https://api.example.com")),
    ] {
        let app = App::with(&web("")).await;
        let client = Client::new(&app, "web");
        let less = client.login("alice", "openid").await;
        let code = Browser::new(&app).authorize(&ask, "alice").await.code();
        let body = client.redeem(&code).await.expect(200).json();
        let access = body["access_token"].as_str().unwrap();
        app.userinfo(access).await.expect(200);
        app.reconfigure(&web(lost));
        app.userinfo(access).await.expect_error(401, "invalid_token");
        if let Some(refresh) = body["refresh_token"].as_str() {
            client.refresh(refresh).await.expect_error(400, "invalid_grant");
        }
        app.userinfo(&less.access).await.expect(200);
    }
}

#[tokio::test]
async fn a_clients_own_token_falls_with_its_grant_type_scope_or_audience() {
    let client = |grants: &str, scopes: &str, audience: &str| {
        format!(
            "identity_providers: {{oidc: {{clients: [{{client_id: api, client_secret: 'digest:api-secret', \
             authorization_policy: one_factor, introspect_any: true, \
             redirect_uris: ['https://api.example.com/callback']}}, \
             {{client_id: machine, client_secret: 'digest:machine-secret', authorization_policy: one_factor, \
             redirect_uris: ['https://machine.example.com/callback'], grant_types: [{grants}], \
             scopes: [{scopes}], audience: [{audience}]}}]}}}}"
        )
    };
    let whole = client("client_credentials", "read, write", "api, files");
    for less in [
        client("authorization_code", "openid, read, write", "api, files"),
        client("client_credentials", "write", "api, files"),
        client("client_credentials", "read, write", "files"),
    ] {
        let app = App::with(&whole).await;
        let fields = [("grant_type", "client_credentials"), ("scope", "read"), ("audience", "api")];
        let body = Client::new(&app, "machine").token(&fields).await.expect(200).json();
        let token = body["access_token"].as_str().unwrap();
        let api = Client::new(&app, "api");
        assert!(api.is_active(token).await);
        app.reconfigure(&less);
        assert!(!api.is_active(token).await, "{less}");
        app.reconfigure(&whole);
        assert!(api.is_active(token).await);
    }
}

#[tokio::test]
async fn a_request_that_waits_is_answered_no_when_it_asks_for_what_was_lost() {
    for (lost, ask, error) in [
        ("SCOPES", Ask::of("web").scope("openid profile offline_access"), "invalid_scope"),
        ("AUDIENCE", Ask::of("web").set("audience", "https://api.example.com"), "invalid_target"),
        ("MODES", Ask::of("web").set("response_mode", "fragment"), "unsupported_response_mode"),
    ] {
        let app = App::with(&web("")).await;
        let mut browser = Browser::new(&app);
        let page = browser.ask(&ask).await;
        let page = browser.sign_in(&page, "alice").await;
        assert_eq!(page.step(), "consent");
        let pushed = Client::new(&app, "web").pushed(&ask).await;
        app.reconfigure(&web(lost));
        let returned = browser.allow(&page).await.expect_error(error);
        assert_eq!(returned.mode, "query", "{lost}");
        let by_name = Ask::of("web");
        let by_name = by_name.pairs().iter().fold(Ask::of("web"), |ask, (name, _)| match *name {
            "client_id" => ask,
            name => ask.without(name),
        });
        let by_name = by_name.set("request_uri", &pushed);
        browser.ask(&by_name).await.expect_error(error);
        assert_eq!(browser.ask(&by_name).await.outside, None, "it is spent");
    }
}
