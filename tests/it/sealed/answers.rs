//! Every algorithm on every object that a client gets.

use serde_json::{Value, json};

use super::readers::{Sealed, read};
use super::registered::{Case, SECRET, cases, fragment, private};
use crate::support::app::START;
use crate::support::ask::STATE;
use crate::support::{App, Ask, Browser, Client};

const ISSUER: &str = "https://op.example.com";

fn sealed(case: &Case, object: &str, token: &str) -> Sealed {
    Sealed {
        name: format!("{}/{object}", case.id),
        token: token.to_owned(),
        encrypted: case.encrypted.map(|(alg, enc)| (alg.to_owned(), enc.to_owned())),
        private: case.key.map(private),
        secret: SECRET.to_owned(),
        signed: case.signed.to_owned(),
    }
}

/// What one client gets: the tokens of a login, and the answers of two endpoints.
async fn objects(app: &App, case: &Case) -> Vec<Sealed> {
    let client = Client { secret: SECRET.to_owned(), ..Client::new(app, &case.id) };
    let ask =
        Ask::of(&case.id).set("redirect_uri", "https://rp.example.com/callback").scope("openid profile");
    let code = Browser::new(app).authorize(&ask.clone(), "alice").await.code();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://rp.example.com/callback"),
        ("code_verifier", crate::support::VERIFIER),
    ];
    let tokens = client.token(&fields).await.expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    let userinfo = app.userinfo(access).await.expect(200);
    assert_eq!(userinfo.header("content-type"), "application/jwt");
    let introspection = client.call("/api/oidc/introspection", &[("token", access)]).send().await.expect(200);
    assert_eq!(introspection.header("content-type"), "application/token-introspection+jwt");
    let asked = ask.set("response_mode", "jwt");
    let answered = Browser::new(app).authorize(&asked, "alice").await;
    assert_eq!((answered.mode, answered.parameters.len()), ("query", 1));
    vec![
        sealed(case, "authorization", answered.get("response")),
        sealed(case, "id_token", tokens["id_token"].as_str().unwrap()),
        sealed(case, "access_token", access),
        sealed(case, "userinfo", &userinfo.text()),
        sealed(case, "introspection", &introspection.text()),
    ]
}

fn assert_headers(case: &Case, object: &str, read: &Value) {
    let typ = match object {
        "access_token" => "at+jwt",
        "introspection" => "token-introspection+jwt",
        _ => "JWT",
    };
    assert_eq!(
        (&read["header"]["alg"], &read["header"]["typ"]),
        (&json!(case.signed), &json!(typ)),
        "{case:?}"
    );
    // A secret has no name that could be told.
    assert_eq!(read["header"].get("kid").is_some(), !case.signed.starts_with("HS"), "{case:?}");
    let outer = &read["outer"];
    match case.encrypted {
        None => assert_eq!(*outer, Value::Null),
        Some((alg, enc)) => {
            assert_eq!(
                (&outer["alg"], &outer["enc"], &outer["cty"]),
                (&json!(alg), &json!(enc), &json!("JWT"))
            );
            assert_eq!(outer.get("kid").and_then(Value::as_str), case.key.map(|_| "enc"));
            assert_eq!(outer.get("typ").and_then(Value::as_str), Some(typ).filter(|typ| *typ != "JWT"));
        }
    }
}

#[tokio::test]
async fn every_algorithm_on_every_object_is_read_by_two_libraries_of_others() {
    let cases = cases();
    assert_eq!(cases.len(), 12 + 13 + 6 + 12);
    let app = App::with(&fragment(&cases)).await;
    let mut all = Vec::new();
    for case in &cases {
        all.extend(objects(&app, case).await);
    }
    let jwks = app.get("/jwks.json").send().await.expect(200).json();
    let read = read(jwks, all).await;
    for case in &cases {
        let of = |object: &str| {
            let read = &read[format!("{}/{object}", case.id)];
            assert_headers(case, object, read);
            read["claims"].clone()
        };
        let (id_token, access_token) = (of("id_token"), of("access_token"));
        let (userinfo, introspection) = (of("userinfo"), of("introspection"));
        let authorization = of("authorization");
        // JARM §2.1
        assert_eq!((&authorization["exp"], &authorization["state"]), (&json!(START + 300), &json!(STATE)));
        assert!(authorization["code"].as_str().unwrap().starts_with("signet_ac_"));
        for claims in [&id_token, &access_token, &userinfo, &introspection, &authorization] {
            assert_eq!(claims["iss"], ISSUER, "{case:?}");
            assert_eq!(claims["iat"], START, "{case:?}");
        }
        for claims in [&id_token, &userinfo, &introspection, &authorization] {
            assert_eq!(claims["aud"], json!(case.id));
        }
        assert_eq!(id_token["sub"], userinfo["sub"]);
        assert_eq!(access_token["sub"], userinfo["sub"]);
        assert_eq!(userinfo["name"], "Alice Ample");
        // RFC 9701 §5
        assert!(introspection.get("sub").is_none() && introspection.get("exp").is_none());
        assert_eq!(introspection["token_introspection"]["active"], true);
        assert_eq!(introspection["token_introspection"]["sub"], userinfo["sub"]);
    }
}
