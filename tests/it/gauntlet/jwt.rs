//! What is signed for a client: no kind of it serves as another, and it tells no more than the open form does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::sealed::jarm::{ALL, CALLBACK, ask, with};
use crate::sealed::registered::SECRET;
use crate::support::app::START;
use crate::support::ask::STATE;
use crate::support::assertion::{Key, compact};
use crate::support::token::verify;
use crate::support::view::Returned;
use crate::support::{App, Browser, Client, VERIFIER, configuration};

#[tokio::test]
async fn g53_every_answer_in_a_jwt_names_issuer_audience_and_end() {
    let app = with(ALL, &[], "").await;
    for (mode, response_type, carrier) in [
        ("query.jwt", "code", "query"),
        ("fragment.jwt", "code", "fragment"),
        ("form_post.jwt", "code", "form_post"),
        ("jwt", "code", "query"),
        ("fragment.jwt", "id_token token", "fragment"),
        ("form_post.jwt", "code id_token", "form_post"),
        ("jwt", "id_token token", "fragment"),
    ] {
        let granted = Browser::new(&app).authorize(&ask(mode, response_type), "alice").await;
        let refused = Browser::new(&app).ask(&ask(mode, response_type).prompt("none")).await.returned();
        let unknown =
            Browser::new(&app).ask(&ask(mode, response_type).scope("openid nothing")).await.returned();
        for (returned, error) in
            [(granted, None), (refused, Some("login_required")), (unknown, Some("invalid_scope"))]
        {
            let Returned { mode: way, parameters, .. } = &returned;
            assert_eq!((*way, parameters.len()), (carrier, 1), "{mode} {response_type}: {parameters:?}");
            let claims = verify(&app, returned.get("response")).await.claims;
            assert_eq!(claims["iss"], "https://op.example.com");
            assert_eq!((&claims["aud"], &claims["exp"]), (&"app".into(), &(START + 300).into()));
            assert_eq!(claims["state"], STATE);
            assert_eq!(claims.get("error").and_then(Value::as_str), error, "{mode} {response_type}");
            let has = |name: &str| claims.contains_key(name);
            if error.is_none() {
                assert_eq!(has("code"), response_type.contains("code"));
                assert_eq!(has("id_token"), response_type.contains("id_token"));
                assert_eq!(has("access_token"), response_type.contains(" token"));
            }
        }
    }
}

/// Each kind of token that carries the provider's signature.
async fn kinds(app: &App, client: &Client) -> Vec<(&'static str, String)> {
    let asked = ask("query", "code");
    let code = Browser::new(app).authorize(&asked, "alice").await.code();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let tokens = client.token(&fields).await.expect(200).json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let access = text("access_token");
    let introspection =
        client.call("/api/oidc/introspection", &[("token", &access)]).send().await.expect(200);
    let authorization = Browser::new(app).authorize(&ask("jwt", "code"), "alice").await;
    let sub = payload(&text("id_token"))["sub"].clone();
    let metadata = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    vec![
        ("id_token", text("id_token")),
        ("access_token", access.clone()),
        ("userinfo", app.userinfo(&access).await.expect(200).text()),
        ("introspection", introspection.text()),
        ("authorization", authorization.get("response").to_owned()),
        ("metadata", metadata["signed_metadata"].as_str().unwrap().to_owned()),
        ("logout token", logout_token("logout+jwt", &sub)),
        ("logout token without its type", logout_token("JWT", &sub)),
    ]
}

/// What another program signs with the same key when somebody signs out (OpenID Connect Back-Channel Logout 1.0 §2.4):
/// Signet makes none.
fn logout_token(typ: &str, sub: &Value) -> String {
    let header = json!({"alg": "RS256", "kid": "main", "typ": typ});
    let event = "http://schemas.openid.net/event/backchannel-logout";
    let claims = json!({
        "iss": "https://op.example.com", "aud": "app", "sub": sub, "iat": START, "exp": START + 120,
        "jti": "a-jti-of-a-logout-token", "sid": "a session", "events": {event: {}}
    });
    let key = Key::private_from(&configuration::key("rsa"));
    compact(&header.to_string(), &claims.to_string(), |input| key.sign("RS256", input))
}

#[tokio::test]
async fn g17_no_kind_of_signed_answer_serves_as_another() {
    let lines = [
        "access_token_signed_response_alg: RS256",
        "userinfo_signed_response_alg: RS256",
        "introspection_signed_response_alg: RS256",
    ];
    let app = with(ALL, &lines, "    discovery_signed_response_alg: RS256\n").await;
    let client = Client { secret: SECRET.to_owned(), ..Client::new(&app, "app") };
    for (kind, token) in kinds(&app, &client).await {
        verify(&app, &token).await;
        let opens = app.userinfo(&token).await.status == 200;
        assert_eq!(opens, kind == "access_token", "{kind} at userinfo");
        let told =
            client.call("/api/oidc/introspection", &[("token", &token)]).send().await.expect(200).text();
        let told: Value = payload(&told);
        assert_eq!(told["token_introspection"]["active"], kind == "access_token", "{kind} at introspection");
        let hinted = ask("query", "code").prompt("none").set("id_token_hint", &token);
        let returned = Browser::new(&app).ask(&hinted).await.returned();
        let expected = if kind == "id_token" { "login_required" } else { "invalid_request" };
        assert_eq!(returned.get("error"), expected, "{kind} as id_token_hint");
    }
}

fn payload(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn g67_a_signed_introspection_answer_tells_strangers_nothing() {
    let app = App::start().await;
    let tokens = Client::new(&app, "web").login("alice", "openid profile offline_access").await;
    let strangers = ["machine", "service", "web-2fa", "api"];
    for token in
        [tokens.access.as_str(), &tokens.refresh, &tokens.id, "nothing", "signet_at_", "a.b.c", "a.b.c.d.e"]
    {
        for hint in [None, Some("access_token"), Some("refresh_token"), Some("unknown")] {
            for stranger in strangers {
                let mut fields = vec![("token", token)];
                fields.extend(hint.map(|hint| ("token_type_hint", hint)));
                let call = Client::new(&app, stranger).call("/api/oidc/introspection", &fields);
                let answer = call
                    .header("accept", "application/token-introspection+jwt")
                    .send()
                    .await
                    .expect(200)
                    .text();
                let claims = verify(&app, &answer).await.claims;
                let mut members: Vec<&str> = claims.keys().map(String::as_str).collect();
                members.sort_unstable();
                assert_eq!(members, ["aud", "iat", "iss", "token_introspection"], "{stranger} {token}");
                assert_eq!(claims["token_introspection"], json!({"active": false}), "{stranger} {token}");
                assert_eq!(claims["aud"], json!(stranger));
            }
        }
    }
}
