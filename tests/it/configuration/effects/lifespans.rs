//! `lifespans` at each of its levels, for each token.

use crate::support::token::verify;
use crate::support::{App, Browser, Client, WaitingDevice};

/// Everything but what a case sets.
const CLIENTS: &str = "
    clients:
      - client_id: web
        client_secret: digest:web-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        lifespan: short
        scopes: [openid, offline_access]
        response_types: [code, id_token token, code id_token token]
        grant_types: [authorization_code, implicit, refresh_token]
      - client_id: tv
        public: true
        authorization_policy: one_factor
        lifespan: short
        scopes: [openid, offline_access]
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', refresh_token]
      - client_id: machine
        client_secret: digest:machine-secret
        lifespan: short
        grant_types: [client_credentials]
        scopes: [read]
";

/// What is measured.
#[derive(Clone, Copy, Debug)]
enum Token {
    AuthorizeCode,
    Access,
    Id,
    Refresh,
}

impl Token {
    const ALL: [Self; 4] = [Self::AuthorizeCode, Self::Access, Self::Id, Self::Refresh];

    fn option(self) -> &'static str {
        match self {
            Self::AuthorizeCode => "authorize_code",
            Self::Access => "access_token",
            Self::Id => "id_token",
            Self::Refresh => "refresh_token",
        }
    }
}

/// The fragment that sets one lifespan to 7 minutes, and everything else to a day.
async fn with(level: &str, option: &str) -> App {
    let day = "access_token: 1d, refresh_token: 1d, id_token: 1d, authorize_code: 1d";
    let (global, custom) = match level {
        "" => (day.replace(&format!("{option}: 1d"), &format!("{option}: 7m")), "{}".to_owned()),
        "custom" => (day.to_owned(), format!("{{{option}: 7m}}")),
        grant => (day.to_owned(), format!("{{{day}, grants: {{{grant}: {{{option}: 7m}}}}}}")),
    };
    App::with(&format!(
        "identity_providers:\n  oidc:\n    lifespans: {{{global}, custom: {{short: {custom}}}}}{CLIENTS}"
    ))
    .await
}

async fn code(app: &App) -> String {
    Browser::new(app)
        .authorize(&crate::support::Ask::of("web").scope("openid offline_access"), "alice")
        .await
        .code()
}

/// How long a token lives, in seconds. `refreshed`: one that a refresh gave.
async fn measured(app: &App, token: Token, refreshed: bool) -> i64 {
    let web = Client::new(app, "web");
    if matches!(token, Token::AuthorizeCode) {
        let (first, second) = (code(app).await, code(app).await);
        app.clock.advance(419);
        let early = web.redeem(&first).await;
        app.clock.advance(1);
        let late = web.redeem(&second).await;
        return if early.status == 200 && late.error() == "invalid_grant" { 420 } else { -1 };
    }
    let mut tokens = web.login("alice", "openid offline_access").await;
    if refreshed {
        let body = web.refresh(&tokens.refresh).await.expect(200).json();
        tokens = crate::support::client::Tokens::of(String::new(), body);
    }
    match token {
        Token::Access => tokens.body["expires_in"].as_i64().unwrap(),
        Token::Id => {
            let claims = verify(app, &tokens.id).await.claims;
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
        }
        _ => {
            app.clock.advance(419);
            let early = web.refresh(&tokens.refresh).await.expect(200);
            let next = early.json()["refresh_token"].as_str().unwrap_or_default().to_owned();
            // What the second one came from was a refresh; its lifespan is that of the level too, or a day.
            if refreshed {
                app.clock.advance(420);
                return if web.refresh(&next).await.error() == "invalid_grant" { 420 } else { -1 };
            }
            let again = web.login("alice", "openid offline_access").await;
            app.clock.advance(420);
            let late = web.refresh(&again.refresh).await;
            if late.error() == "invalid_grant" { 420 } else { -1 }
        }
    }
}

#[tokio::test]
async fn global_lifespans_hold_for_every_client() {
    for token in Token::ALL {
        let app = with("", token.option()).await;
        assert_eq!(measured(&app, token, false).await, 420, "{token:?}");
    }
}

#[tokio::test]
async fn custom_lifespans_hold_for_the_client_that_names_them() {
    for token in Token::ALL {
        let app = with("custom", token.option()).await;
        assert_eq!(measured(&app, token, false).await, 420, "{token:?}");
    }
}

#[tokio::test]
async fn lifespans_of_the_grant_authorize_code_hold_for_what_a_code_gives() {
    for token in Token::ALL {
        let app = with("authorize_code", token.option()).await;
        assert_eq!(measured(&app, token, false).await, 420, "{token:?}");
        if matches!(token, Token::Access | Token::Id) {
            assert_eq!(measured(&app, token, true).await, 86_400, "{token:?} of a refresh");
        }
    }
}

#[tokio::test]
async fn lifespans_of_the_grant_refresh_token_hold_for_what_a_refresh_gives() {
    for token in [Token::Access, Token::Id, Token::Refresh] {
        let app = with("refresh_token", token.option()).await;
        assert_eq!(measured(&app, token, true).await, 420, "{token:?}");
        if matches!(token, Token::Access | Token::Id) {
            assert_eq!(measured(&app, token, false).await, 86_400, "{token:?} of a code");
        }
    }
}

#[tokio::test]
async fn the_lifespan_of_the_grant_client_credentials_holds_for_its_token() {
    let app = with("client_credentials", "access_token").await;
    let body =
        Client::new(&app, "machine").token(&[("grant_type", "client_credentials")]).await.expect(200).json();
    assert_eq!(body["expires_in"], 420);
    assert_eq!(measured(&app, Token::Access, false).await, 86_400, "of a code");
}

#[tokio::test]
async fn lifespans_of_the_grant_implicit_hold_for_what_travels_in_the_answer() {
    for (option, others) in [("access_token", "id_token"), ("id_token", "access_token")] {
        let app = with("implicit", option).await;
        for response_type in ["id_token token", "code id_token token"] {
            let ask = crate::support::Ask::of("web").set("response_type", response_type);
            let returned = Browser::new(&app).authorize(&ask, "alice").await;
            let claims = verify(&app, returned.get("id_token")).await.claims;
            let id_token = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
            let access_token: i64 = returned.get("expires_in").parse().unwrap();
            let of = |name: &str| if name == "id_token" { id_token } else { access_token };
            assert_eq!((of(option), of(others)), (420, 86_400), "{response_type} {option}");
            let told = Client::new(&app, "web").introspect(returned.get("access_token")).await;
            assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), access_token);
        }
        assert_eq!(measured(&app, Token::Access, false).await, 86_400, "of a code");
    }
}

#[tokio::test]
async fn lifespans_of_the_grant_device_code_hold_for_what_a_device_gets() {
    for token in [Token::Access, Token::Id, Token::Refresh] {
        let app = with("device_code", token.option()).await;
        let tv = Client::new(&app, "tv");
        let device = WaitingDevice::of(&tv, "openid offline_access").await;
        Browser::new(&app).allow_device(&device, "alice").await;
        let tokens = device.tokens().await;
        match token {
            Token::Access => assert_eq!(tokens.body["expires_in"], 420),
            Token::Id => {
                let claims = verify(&app, &tokens.id).await.claims;
                assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 420);
            }
            _ => {
                app.clock.advance(420);
                tv.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
            }
        }
        if matches!(token, Token::Access | Token::Id) {
            assert_eq!(measured(&app, token, false).await, 86_400, "{token:?} of a code");
        }
    }
}
