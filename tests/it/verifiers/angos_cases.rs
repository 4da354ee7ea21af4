//! `angos.yml`: whom the registry lets in, and whom not.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::angos::Angos;
use super::published::Source;
use super::{issuer, machine_token, part};
use crate::support::{App, Ask, Browser, Client, configuration};

/// One line of the table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    verdict: u16,
    case: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    times: BTreeMap<String, i64>,
    #[serde(default)]
    header: Map<String, Value>,
    #[serde(default)]
    spoilt: bool,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    allowed: Option<Vec<String>>,
    #[serde(default)]
    besides: Option<Value>,
    #[serde(default)]
    down: bool,
}

impl Case {
    /// The token of this case, made of one that Signet issued.
    fn made_of(&self, token: &str, now: i64) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        let unchanged = self.claims.is_empty()
            && self.without.is_empty()
            && self.times.is_empty()
            && self.header.is_empty();
        let token = if unchanged { token.to_owned() } else { self.signed_again(token, now) };
        if !self.spoilt {
            return token;
        }
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let other = if signature.starts_with('A') { 'B' } else { 'A' };
        format!("{rest}.{other}{}", signature.get(1..).unwrap())
    }

    fn signed_again(&self, token: &str, now: i64) -> String {
        let (mut header, mut claims) = (part(token, 0).unwrap(), part(token, 1).unwrap());
        claims.extend(self.claims.clone());
        claims.extend(self.times.iter().map(|(name, seconds)| (name.clone(), json!(now + seconds))));
        claims.retain(|name, _| !self.without.contains(name));
        header.extend(self.header.clone());
        header.retain(|_, value| !value.is_null());
        let encoded = |part: Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(part).to_string());
        let input = format!("{}.{}", encoded(header), encoded(claims));
        let key = EncodingKey::from_rsa_pem(configuration::key("rsa").as_bytes()).unwrap();
        let signature = jsonwebtoken::crypto::sign(input.as_bytes(), &key, Algorithm::RS256).unwrap();
        format!("{input}.{signature}")
    }

    fn authorization(&self, token: &str) -> Option<String> {
        match self.by.as_deref() {
            None => Some(format!("Bearer {token}")),
            Some("none") => None,
            Some(user) => Some(format!("Basic {}", STANDARD.encode(format!("{user}:{token}")))),
        }
    }
}

#[tokio::test]
async fn a_registry_with_the_rules_of_angos_lets_in_whom_angos_lets_in() {
    let app = issuer().await;
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("angos.yml")).unwrap();
    // The ID token is for the client; the access token is for whom the application asks.
    let ask = Ask::of("my-registry").scope("openid email groups").set("audience", "my-registry");
    let code = Browser::new(&app).authorize(&ask, "alice").await.code();
    let body = Client::new(&app, "my-registry").redeem(&code).await.expect(200).json();
    let mut tokens = BTreeMap::from(
        ["id", "access"]
            .map(|name| (name.to_owned(), body[format!("{name}_token")].as_str().unwrap().to_owned())),
    );
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case.token.as_deref().unwrap_or("id");
        if !tokens.contains_key(name) {
            let token = machine_token(&app, name, &[("audience", "my-registry")]).await;
            tokens.insert(name.to_owned(), token);
        }
        let token = case.made_of(&tokens[name], app.clock.now());
        let mut registry = registry(&app);
        registry.source.down = case.down;
        registry.source.besides = case.besides.clone();
        if let Some(allowed) = &case.allowed {
            registry.allowed_algorithms.clone_from(allowed);
        }
        let status = registry.status(case.authorization(&token).as_deref()).await;
        if status != case.verdict {
            let why = registry.judge(case.authorization(&token).as_deref()).await;
            wrong.push(format!("{}: {status} and not {} ({why:?})", case.case, case.verdict));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(cases.len() > 40, "{}", cases.len());
}

#[tokio::test]
async fn a_registry_that_started_before_its_issuer_lets_people_in_once_the_issuer_is_there() {
    let app = issuer().await;
    let token = machine_token(&app, "ci", &[("audience", "my-registry")]).await;
    let bearer = format!("Bearer {token}");
    let mut registry = registry(&app);
    registry.source.down = true;
    assert_eq!(registry.status(Some(&bearer)).await, 503);
    registry.source.down = false;
    assert_eq!(registry.status(Some(&bearer)).await, 200);
    // The documents are kept: nothing is asked for a second token.
    let fetches = registry.source.fetches;
    assert_eq!(registry.status(Some(&bearer)).await, 200);
    assert_eq!(registry.source.fetches, fetches);
}

#[tokio::test]
async fn an_issuer_configured_with_a_slash_at_its_end_is_another_issuer() {
    let app = issuer().await;
    let token = machine_token(&app, "ci", &[("audience", "my-registry")]).await;
    let mut registry = registry(&app);
    registry.source.issuer += "/";
    // It is asked at `//.well-known`, and its name is not the one in the document.
    assert_eq!(registry.status(Some(&format!("Bearer {token}"))).await, 503);
    app.get("//.well-known/openid-configuration").send().await.expect(200);
}

fn registry(app: &App) -> Angos {
    Angos::of(Source::of(app))
}
