//! What the certification suite does around each module: it drives the pages by the ids of their elements, without a
//! script, and judges every answer on the way. What it would warn of fails here too.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use signet::secrets::random::random_token;

use crate::support::ask::redirect_uri;
use crate::support::token::verify;
use crate::support::view::Returned;
use crate::support::{Answer, App, Ask, Browser, Client, View};

/// What one run of a module is about: a response type, and how its answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub response_type: &'static str,
    /// Whether every request asks for `response_mode=form_post`.
    pub form_post: bool,
}

impl Plan {
    pub fn has(self, name: &str) -> bool {
        self.response_type.split(' ').any(|each| each == name)
    }

    /// Where every answer belongs, an error too.
    pub fn mode(self) -> &'static str {
        match (self.form_post, self.response_type) {
            (true, _) => "form_post",
            (false, "code") => "query",
            (false, _) => "fragment",
        }
    }
}

/// What an answer may carry beside what its response type names (RFC 9207, RFC 6749 §4.2.2).
const BESIDE: [&str; 2] = ["state", "iss"];
const WITH_TOKEN: [&str; 3] = ["token_type", "expires_in", "scope"];
const OF_ERRORS: [&str; 5] = ["error", "error_description", "error_uri", "state", "iss"];

/// Claims of an ID token that nobody wonders at.
const OF_ID_TOKENS: [&str; 16] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "nbf",
    "jti",
    "sid",
];

/// What came of a whole login.
pub struct Login {
    pub returned: Returned,
    /// The claims of every ID token: of the answer, then of the token endpoint.
    pub id_tokens: Vec<Map<String, Value>>,
    /// Every access token, in the same order.
    pub access_tokens: Vec<String>,
    /// The answer of the token endpoint.
    pub body: Value,
    /// The newest ID token, as it came.
    pub id_token: String,
}

impl Login {
    pub fn claim(&self, name: &str) -> &Value {
        self.id_tokens.last().and_then(|claims| claims.get(name)).unwrap_or(&Value::Null)
    }

    pub fn auth_time(&self) -> i64 {
        self.claim("auth_time").as_i64().expect("auth_time is a number")
    }
}

/// A module's surroundings.
pub struct Suite {
    pub app: App,
    pub plan: Plan,
}

impl Suite {
    pub fn browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    pub fn client(&self, id: &str) -> Client {
        Client::new(&self.app, id)
    }

    /// A request of the first client, with a state and a nonce of ten characters and no proof key.
    pub fn ask(&self) -> Ask {
        self.ask_of("first")
    }

    pub fn ask_of(&self, client: &str) -> Ask {
        let short = || random_token(8).chars().take(10).collect::<String>();
        let ask = Ask::of(client).without_pkce().set("response_type", self.plan.response_type);
        let ask = ask.set("state", &short()).set("nonce", &short());
        if self.plan.form_post { ask.set("response_mode", "form_post") } else { ask }
    }

    pub async fn discovery(&self) -> Value {
        self.app.get("/.well-known/openid-configuration").send().await.expect(200).json()
    }

    /// The whole way of a login, each answer judged.
    pub async fn login(&self, browser: &mut Browser, ask: &Ask) -> Login {
        let view = self.through_pages(browser, ask).await;
        self.finish(&view, ask).await
    }

    /// Fills in the pages that come until the relying party is answered.
    pub async fn through_pages(&self, browser: &mut Browser, ask: &Ask) -> View {
        let view = browser.ask(ask).await;
        self.through(browser, view).await
    }

    /// The same, from a page on.
    pub async fn through(&self, browser: &mut Browser, mut view: View) -> View {
        for _ in 0..3 {
            view = match view.step().as_str() {
                "sign-in" => browser.sign_in(&view, "alice").await,
                "consent" => browser.allow(&view).await,
                _ => break,
            };
        }
        view
    }

    /// The rest of a login, from a page on.
    pub async fn login_from(&self, browser: &mut Browser, page: View, ask: &Ask) -> Login {
        let view = self.through(browser, page).await;
        self.finish(&view, ask).await
    }

    /// Judges the answer to a request, and everything that is got for it.
    pub async fn finish(&self, view: &View, ask: &Ask) -> Login {
        let client = self.client(parameter(ask, "client_id"));
        let returned = self.success(view, ask);
        let mut login = Login {
            returned: returned.clone(),
            id_tokens: Vec::new(),
            access_tokens: Vec::new(),
            body: Value::Null,
            id_token: String::new(),
        };
        if self.plan.has("token") {
            let token = returned.get("access_token").to_owned();
            assert!(returned.get("token_type").eq_ignore_ascii_case("bearer"));
            assert!(returned.get("expires_in").parse::<u32>().is_ok_and(|seconds| seconds > 0));
            assert!(entropy(&token) >= 96.0, "an access token is not guessed");
            login.access_tokens.push(token);
        }
        if self.plan.has("id_token") {
            login.id_token = returned.get("id_token").to_owned();
            let claims = self.id_token(&login.id_token, ask).await;
            let hash = |name: &str| claims.get(name).and_then(Value::as_str);
            let expected = |parameter: &str| returned.parameters.get(parameter).map(|text| half_hash(text));
            assert_eq!(
                hash("at_hash"),
                expected("access_token").as_deref(),
                "OpenID Connect Core 1.0 §3.2.2.9"
            );
            assert_eq!(hash("c_hash"), expected("code").as_deref(), "OpenID Connect Core 1.0 §3.3.2.11");
            login.id_tokens.push(claims);
        }
        if self.plan.has("code") {
            let answer = client.token(&redemption(&client.id, returned.get("code"))).await;
            login.body = self.token_answer(&answer);
            let token = login.body["access_token"].as_str().expect("an access token").to_owned();
            login.id_token = login.body["id_token"].as_str().expect("an ID token").to_owned();
            let claims = self.id_token(&login.id_token, ask).await;
            assert_eq!(claims["at_hash"], half_hash(&token), "OpenID Connect Core 1.0 §3.1.3.6");
            login.access_tokens.push(token);
            login.id_tokens.push(claims);
        }
        let people: BTreeSet<String> =
            login.id_tokens.iter().map(|claims| format!("{} {}", claims["iss"], claims["sub"])).collect();
        assert_eq!(people.len(), 1, "OpenID Connect Core 1.0 §3.3.3.6: iss and sub are the same in both");
        for token in &login.access_tokens {
            let answer = self.app.userinfo(token).await;
            assert_eq!(self.userinfo(&answer)["sub"], *login.claim("sub"));
        }
        login
    }

    /// The answer of the token endpoint, judged.
    pub fn token_answer(&self, answer: &Answer) -> Value {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store", "RFC 6749 §5.1");
        assert!(answer.header("content-type").starts_with("application/json"));
        let body = answer.json();
        assert!(body["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")));
        assert!(body["expires_in"].as_i64().is_some_and(|seconds| seconds > 0));
        assert!(entropy(body["access_token"].as_str().unwrap_or_default()) >= 96.0);
        body
    }

    /// A JSON error of the token endpoint, judged.
    pub fn token_error(&self, answer: &Answer, status: u16, error: &str) {
        assert!(answer.header("content-type").starts_with("application/json"));
        answer.expect_error(status, error);
        described(answer.json()["error_description"].as_str().unwrap_or_default());
    }

    /// An answer of userinfo, judged: the types of the standard claims, nothing null, nothing empty.
    pub fn userinfo(&self, answer: &Answer) -> Map<String, Value> {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.header("content-type").starts_with("application/json"));
        let Value::Object(claims) = answer.json() else { panic!("no object: {}", answer.text()) };
        standard_claims(&claims);
        claims
    }

    /// An answer that gives what the response type names, in its place, judged.
    pub fn success(&self, view: &View, ask: &Ask) -> Returned {
        let returned = self.callback(view, ask);
        let mut allowed: BTreeSet<&str> = self.plan.response_type.split(' ').collect();
        if allowed.remove("token") {
            allowed.insert("access_token");
        }
        for name in &allowed {
            assert!(!returned.get(name).is_empty(), "{name} is missing: {:?}", returned.parameters);
        }
        let with_token = if self.plan.has("token") { &WITH_TOKEN[..] } else { &[] };
        allowed.extend(BESIDE.iter().chain(with_token));
        only(&returned, &allowed);
        if self.plan.has("code") {
            let code = returned.get("code");
            assert!(code.len() * 8 >= 128 && entropy(code) >= 96.0, "RFC 6749 §10.10");
        }
        returned
    }

    /// An error answer in the place of the answer, judged.
    pub fn error(&self, view: &View, ask: &Ask, errors: &[&str]) -> Returned {
        let returned = self.callback(view, ask);
        assert!(errors.contains(&returned.get("error")), "{errors:?}: {:?}", returned.parameters);
        only(&returned, &OF_ERRORS.into());
        described(returned.get("error_description"));
        returned
    }

    fn callback(&self, view: &View, ask: &Ask) -> Returned {
        let returned = view.returned();
        // Where nothing says what was wanted, the query is right.
        let unsaid = ask.pairs().iter().all(|(name, _)| *name != "response_type");
        let mode = if unsaid && !self.plan.form_post { "query" } else { self.plan.mode() };
        assert_eq!(returned.mode, mode, "{:?}", returned.parameters);
        assert_eq!(
            returned.redirect_uri,
            redirect_uri(parameter(ask, "client_id")),
            "and nothing in its query"
        );
        assert_eq!(returned.get("state"), parameter(ask, "state"));
        assert_eq!(returned.get("iss"), self.app.origin, "RFC 9207 §2.4");
        if mode == "form_post" {
            let form = view.tag("form", "form-post").expect("a form");
            assert_eq!(form["method"], "post");
            assert!(!form.contains_key("enctype"), "application/x-www-form-urlencoded is the default");
            assert!(view.has("form-post-submit"), "without a script the person presses it");
            assert_eq!(view.answer.header("cache-control"), "no-store");
        }
        returned
    }

    /// An ID token, its signature and its claims judged.
    pub async fn id_token(&self, token: &str, ask: &Ask) -> Map<String, Value> {
        let verified = verify(&self.app, token).await;
        assert_eq!(verified.header.alg, jsonwebtoken::Algorithm::RS256);
        assert!(verified.header.kid.is_some());
        let claims = verified.claims;
        let (now, client) = (self.app.clock.now(), parameter(ask, "client_id"));
        assert_eq!(claims["iss"], self.app.origin);
        assert_eq!((&claims["aud"], &claims["azp"]), (&client.into(), &client.into()));
        let time = |name: &str| claims[name].as_i64().unwrap_or_else(|| panic!("{name} is a number"));
        assert!(time("exp") > now && (now - 300..=now).contains(&time("iat")));
        assert!(time("auth_time") <= now, "nobody signs in later");
        assert!(claims["sub"].as_str().is_some_and(|sub| (1..=255).contains(&sub.len()) && sub.is_ascii()));
        assert!(claims["acr"].is_string());
        let nonce = ask.pairs().into_iter().find(|(name, _)| *name == "nonce").map(|(_, nonce)| nonce);
        assert_eq!(claims.get("nonce").and_then(Value::as_str), nonce);
        // Claims of the scopes belong to userinfo, unless there is no token that opens it.
        if self.plan.response_type != "id_token" {
            let strange: Vec<_> =
                claims.keys().filter(|name| !OF_ID_TOKENS.contains(&name.as_str())).collect();
            assert!(strange.is_empty(), "{strange:?}");
        }
        standard_claims(&claims);
        claims
    }

    /// Where the claims of scopes come to: userinfo by each token, or the ID token that comes alone.
    pub async fn claims(&self, login: &Login) -> Vec<Map<String, Value>> {
        if self.plan.response_type == "id_token" {
            return login.id_tokens.clone();
        }
        let mut all = Vec::new();
        for token in &login.access_tokens {
            all.push(self.userinfo(&self.app.userinfo(token).await));
        }
        all
    }
}

/// A parameter of a request.
pub fn parameter<'a>(ask: &'a Ask, name: &str) -> &'a str {
    ask.pairs().into_iter().find(|(present, _)| *present == name).map_or("", |(_, value)| value)
}

/// The token request of a code without a proof key.
pub fn redemption<'a>(client_id: &str, code: &'a str) -> [(&'static str, &'a str); 3] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri(client_id))]
}

fn only(returned: &Returned, allowed: &BTreeSet<&str>) {
    let strange: Vec<_> =
        returned.parameters.keys().filter(|name| !allowed.contains(name.as_str())).collect();
    assert!(strange.is_empty(), "unexpected parameters {strange:?}");
}

/// RFC 6749 §4.1.2.1: the characters a description may have, and none that breaks a line.
fn described(description: &str) {
    let right = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(description.bytes().all(right), "{description:?}");
}

fn half_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
}

/// Shannon's entropy of a text in bits, as the suite reckons it.
fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::new();
    text.chars().for_each(|each| *counts.entry(each).or_insert(0u32) += 1);
    let length = f64::from(u32::try_from(text.chars().count()).expect("a short text"));
    counts.values().map(|count| -f64::from(*count) * (f64::from(*count) / length).log2()).sum()
}

/// OpenID Connect Core 1.0 §5.1, §5.3.2: types, and nothing that is null or empty.
fn standard_claims(claims: &Map<String, Value>) {
    for (name, value) in claims {
        let right = match name.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" => value.is_i64(),
            "address" => value.as_object().is_some_and(|address| {
                !address.is_empty()
                    && address.values().all(|part| part.as_str().is_some_and(|part| !part.is_empty()))
            }),
            _ => !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty() && text != "null"),
        };
        assert!(right, "{name}: {value}");
    }
}
