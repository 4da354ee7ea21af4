//! The whole demo against a provider that is made of test code and can be told to lie.

use std::sync::{Arc, Mutex};

use axum::extract::{RawForm, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use super::*;

/// A key that signs nothing but the tokens of these tests.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9qFEKhBpZ+GmZ1iv
lRsNgWnPEjt/xteUMrH3M9NvXgWhRANCAAQj78TDD+YcLgslyGlvA52SoojYdBVg
3tRG6t8ke4VTwkNGvEhnHu0r3yaGxv/JHyPFdu/Dov8e+kxEgvaknMBn
-----END PRIVATE KEY-----";

/// What the provider says wrong.
#[derive(Clone, Copy, PartialEq)]
enum Lie {
    Nothing,
    Nonce,
    AtHash,
    Issuer,
    Audience,
    KeyId,
    Expiry,
    OtherPersonAtUserinfo,
}

#[derive(Clone)]
struct Told {
    issuer: String,
    lie: Lie,
    nonce: Arc<Mutex<String>>,
    forms: Arc<Mutex<Vec<String>>>,
}

fn id_token(told: &Told, access_token: &str) -> String {
    let lie =
        |wanted: Lie, truth: &str| if told.lie == wanted { format!("{truth}/x") } else { truth.to_owned() };
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let hash = Sha256::digest(lie(Lie::AtHash, access_token));
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(lie(Lie::KeyId, "key"));
    let claims = json!({
        "iss": lie(Lie::Issuer, &told.issuer),
        "sub": "alice-sub",
        "aud": [lie(Lie::Audience, "demo-web")],
        "exp": if told.lie == Lie::Expiry { now - 3600 } else { now + 3600 },
        "iat": now,
        "nonce": lie(Lie::Nonce, &told.nonce.lock().unwrap()),
        "at_hash": URL_SAFE_NO_PAD.encode(&hash[..16]),
    });
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_pem(KEY.as_bytes()).unwrap()).unwrap()
}

async fn token(State(told): State<Told>, headers: HeaderMap, RawForm(form): RawForm) -> Json<Value> {
    let credentials = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let form = String::from_utf8(form.to_vec()).unwrap();
    let refreshed = form.contains("grant_type=refresh_token");
    let service = form.contains("grant_type=client_credentials");
    told.forms.lock().unwrap().push(format!("{} {form}", credentials.unwrap_or_default()));
    let access_token = if refreshed { "opaque-2" } else { "opaque-1" };
    let mut answer = json!({ "access_token": access_token, "token_type": "bearer", "expires_in": 3600 });
    if !service {
        answer["id_token"] = id_token(&told, access_token).into();
        answer["refresh_token"] = if refreshed { "refresh-2" } else { "refresh-1" }.into();
    }
    Json(answer)
}

async fn other_form(State(told): State<Told>, RawForm(form): RawForm) -> Json<Value> {
    told.forms.lock().unwrap().push(String::from_utf8(form.to_vec()).unwrap());
    Json(json!({ "active": true, "client_id": "demo-service", "aud": ["https://api.example.com"] }))
}

async fn userinfo(State(told): State<Told>) -> Json<Value> {
    let sub = if told.lie == Lie::OtherPersonAtUserinfo { "bob-sub" } else { "alice-sub" };
    Json(json!({ "sub": sub, "name": "Alice", "email": "alice@example.com", "groups": ["admins", "dev"] }))
}

/// A provider on a free port.
async fn provider(lie: Lie) -> Told {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let told = Told { issuer: issuer.clone(), lie, nonce: Arc::default(), forms: Arc::default() };
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks.json"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    });
    let jwks = json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": "key", "alg": "ES256", "use": "sig",
        "x": "I-_Eww_mHC4LJchpbwOdkqKI2HQVYN7URurfJHuFU8I", "y": "Q0a8SGce7SvfJobG_8kfI8V278Oi_x76TESC9qScwGc",
    }] });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(async || Json(metadata)))
        .route("/jwks.json", get(async || Json(jwks)))
        .route("/token", post(token))
        .route("/userinfo", get(userinfo))
        .route("/introspect", post(other_form))
        .route("/revoke", post(other_form))
        .with_state(told.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    told
}

fn client(client_id: &str, kind: DemoClientKind) -> DemoClient {
    DemoClient {
        label: "An application".to_owned(),
        description: "Knows a secret.".to_owned(),
        client_id: client_id.to_owned(),
        client_secret: Some(format!("{client_id}-secret").into()),
        redirect_path: "/callback".to_owned(),
        scopes: vec!["openid".to_owned(), "profile".to_owned()],
        resource: None,
        kind,
    }
}

/// The relying party on a free port, with a browser that follows no redirects by itself.
struct Browser {
    url: String,
    cookie: String,
    http: reqwest::Client,
}

struct Page {
    status: u16,
    location: String,
    body: String,
}

impl Browser {
    async fn at(issuer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = listener.local_addr().unwrap();
        let url = format!("http://{listen}");
        let service = DemoClient {
            resource: Some("https://api.example.com".to_owned()),
            ..client("demo-service", DemoClientKind::Service { introspected_by: Some("demo-api".to_owned()) })
        };
        let clients = vec![
            client("demo-web", DemoClientKind::SignIn),
            DemoClient { redirect_path: "/spa".to_owned(), ..client("demo-spa", DemoClientKind::SignIn) },
            service,
            client("demo-api", DemoClientKind::ResourceServer),
        ];
        let settings = DemoSettings { issuer: issuer.to_owned(), listen, public_url: url.clone(), clients };
        tokio::spawn(serve(listener, settings, std::future::pending()));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url, cookie: String::new(), http }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        if let Some(cookie) = header("set-cookie") {
            let ends = cookie.contains("Max-Age=0");
            assert!(ends || cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        let (status, location) = (answer.status().as_u16(), header("location").unwrap_or_default());
        Page { status, location, body: answer.text().await.unwrap() }
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send(self.http.get(format!("{}{path}", self.url))).await
    }

    async fn post(&mut self, path: &str) -> Page {
        self.send(self.http.post(format!("{}{path}", self.url))).await
    }

    /// Presses the button of `demo-web` and brings back the provider's answer.
    async fn sign_in(&mut self, told: &Told) -> Page {
        let begun = self.post("/login/demo-web").await;
        let asked = url::Url::parse(&begun.location).unwrap();
        let get = |name: &str| asked.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(get("code_challenge_method"), "S256");
        assert_eq!(get("redirect_uri"), format!("{}/callback", self.url));
        assert_eq!(get("scope"), "openid profile");
        *told.nonce.lock().unwrap() = get("nonce");
        let answer = format!("/callback?code=c&state={}&iss={}", get("state"), told.issuer);
        self.get(&answer).await
    }
}

#[tokio::test]
async fn a_person_signs_in_refreshes_revokes_and_signs_out() {
    let told = provider(Lie::Nothing).await;
    let mut browser = Browser::at(&told.issuer).await;
    let before = browser.cookie.clone();
    let answer = browser.sign_in(&told).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, "/session"), "{}", answer.body);
    assert_ne!(browser.cookie, before);
    let page = browser.get("/session").await.body;
    assert!(page.contains("alice-sub") && page.contains("admins") && page.contains("opaque-1"), "{page}");

    assert_eq!(browser.post("/refresh").await.location, "/session");
    let page = browser.get("/session").await.body;
    assert!(page.contains("id=\"refreshed-at\"") && page.contains("opaque-2"), "{page}");

    assert_eq!(browser.post("/revoke").await.location, "/session");
    let page = browser.get("/session").await.body;
    assert!(page.contains("id=\"revoked\"") && !page.contains("id=\"refresh\""), "{page}");

    assert_eq!(browser.post("/sign-out").await.location, "/?signed_out=1");
    assert_eq!(browser.get("/session").await.location, "/");

    let forms = told.forms.lock().unwrap().clone();
    assert!(forms[0].starts_with("Basic ") && forms[0].contains("code_verifier="), "{forms:?}");
    assert!(forms[1].contains("refresh_token=refresh-1"), "{forms:?}");
    assert!(
        forms[2].contains("token=refresh-2") && forms[2].contains("token_type_hint=refresh_token"),
        "{forms:?}"
    );
}

#[tokio::test]
async fn a_lie_in_the_id_token_signs_nobody_in() {
    for lie in [Lie::Nonce, Lie::AtHash, Lie::Issuer, Lie::Audience, Lie::KeyId, Lie::Expiry] {
        let told = provider(lie).await;
        let mut browser = Browser::at(&told.issuer).await;
        let answer = browser.sign_in(&told).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body.contains("The ID token was refused"), "{}", answer.body);
        assert_eq!(browser.get("/session").await.location, "/");
    }
}

#[tokio::test]
async fn userinfo_about_another_person_is_not_shown() {
    let told = provider(Lie::OtherPersonAtUserinfo).await;
    let mut browser = Browser::at(&told.issuer).await;
    browser.sign_in(&told).await;
    let page = browser.get("/session").await.body;
    assert!(page.contains("id=\"userinfo-refused\"") && !page.contains("alice@example.com"), "{page}");
}

#[tokio::test]
async fn an_answer_of_another_provider_or_at_another_redirect_uri_is_refused() {
    let told = provider(Lie::Nothing).await;
    let mut browser = Browser::at(&told.issuer).await;
    for (path, iss, words) in [
        ("/callback", "http://evil.example", "that was not asked"),
        ("/spa", told.issuer.as_str(), "redirect URI of another client"),
    ] {
        let begun = browser.post("/login/demo-web").await;
        let asked = url::Url::parse(&begun.location).unwrap();
        let state = asked.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
        let answer = browser.get(&format!("{path}?code=c&state={state}&iss={iss}")).await;
        assert!(answer.status == 400 && answer.body.contains(words), "{}", answer.body);
        let again = browser.get(&format!("/callback?code=c&state={state}&iss={}", told.issuer)).await;
        assert!(again.body.contains("belongs to no login"), "{}", again.body);
    }
    assert!(told.forms.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_may_come_as_a_form_and_a_refusal_is_told_kindly() {
    let told = provider(Lie::Nothing).await;
    let mut browser = Browser::at(&told.issuer).await;
    let begun = browser.post("/login/demo-web").await;
    let asked = url::Url::parse(&begun.location).unwrap();
    let state = asked.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
    let form = [("error", "access_denied"), ("state", state.as_str()), ("iss", told.issuer.as_str())];
    let request = browser.http.post(format!("{}/callback", browser.url)).form(&form);
    let answer = browser.send(request).await;
    assert!(answer.body.contains("You were not signed in"), "{}", answer.body);
    assert!(answer.body.contains("id=\"login-demo-web\""), "{}", answer.body);
}

#[tokio::test]
async fn a_service_gets_a_token_and_its_api_is_told_about_it() {
    let told = provider(Lie::Nothing).await;
    let mut browser = Browser::at(&told.issuer).await;
    let page = browser.post("/service/demo-service").await;
    assert!(page.body.contains("id=\"introspection\"") && page.body.contains("opaque-1"), "{}", page.body);
    let forms = told.forms.lock().unwrap().clone();
    assert!(forms[0].contains("resource=https%3A%2F%2Fapi.example.com"), "{forms:?}");
    assert!(forms[1].contains("token=opaque-1"), "{forms:?}");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_yet_is_told_of_kindly() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", silent.local_addr().unwrap());
    drop(silent);
    let mut browser = Browser::at(&issuer).await;
    let home = browser.get("/").await;
    assert!(home.status == 200 && home.body.contains("id=\"login-demo-web\""), "{}", home.body);
    let begun = browser.post("/login/demo-web").await;
    assert!(begun.status == 502 && begun.body.contains("Is it running?"), "{}", begun.body);
    assert_eq!(browser.get("/elsewhere").await.status, 404);
}
