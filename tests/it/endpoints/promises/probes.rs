//! How each member of discovery is asked whether it is so.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::registered::{self, CALLBACK, ENDPOINTS, OBJECTS, SECRET, SIGNATURES};
use crate::support::assertion::{Assertion, Key, compact, fields, key};
use crate::support::client::Tokens;
use crate::support::request_object::{RequestObject, by_value};
use crate::support::token::verify;
use crate::support::view::Returned;
use crate::support::waiting_device::{ENDPOINT, WaitingDevice};
use crate::support::{Answer, App, Ask, Browser, Client, Documents, VERIFIER};

const EVERY_SCOPE: &str = "openid profile email groups phone address offline_access";

pub struct Probes {
    pub app: App,
    pub documents: Documents,
    /// The header of each object that a client got, by client.
    headers: BTreeMap<String, BTreeMap<&'static str, Value>>,
}

impl Probes {
    pub async fn new() -> Self {
        let (app, documents) = registered::start("").await;
        let mut this = Self { app, documents, headers: BTreeMap::new() };
        for id in registered::everyone() {
            if ["object.", "sealed.", "content."].iter().any(|kind| id.starts_with(kind)) {
                let headers = this.objects(&id).await;
                this.headers.insert(id, headers);
            }
        }
        this
    }

    pub async fn document(&self) -> Value {
        self.app.get("/.well-known/openid-configuration").send().await.expect(200).json()
    }

    /// What comes back to a relying party of a request of alice, who is asked what must be asked.
    async fn returned(&self, ask: &Ask) -> Option<Returned> {
        let mut browser = Browser::new(&self.app);
        let mut view = browser.ask(ask).await;
        for _ in 0..2 {
            view = match view.step().as_str() {
                "sign-in" => browser.sign_in(&view, "alice").await,
                "consent" => browser.allow(&view).await,
                _ => break,
            };
        }
        view.try_returned()
    }

    fn client(&self, id: &str) -> Client {
        Client { secret: SECRET.to_owned(), ..Client::new(&self.app, id) }
    }

    /// The headers of the ID token, the answers of userinfo and introspection, and the authorization response.
    async fn objects(&self, id: &str) -> BTreeMap<&'static str, Value> {
        let client = self.client(id);
        let tokens = client.login("alice", "openid profile").await;
        let userinfo = self.app.userinfo(&tokens.access).await.expect(200).text();
        let introspection = client.call("/api/oidc/introspection", &[("token", &tokens.access)]);
        let introspection = introspection.send().await.expect(200).text();
        let authorization = self.returned(&Ask::of(id).set("response_mode", "query.jwt")).await.unwrap();
        let each = [&tokens.id, &userinfo, &introspection, authorization.get("response")];
        OBJECTS.into_iter().zip(each.map(header)).collect()
    }

    /// Whether a value of a member that is a list is served.
    pub async fn is_served(&self, member: &str, value: &str) -> bool {
        let web = Client::new(&self.app, "web");
        let ask = Ask::of("web");
        match member {
            "response_types_supported" => match self.returned(&ask.set("response_type", value)).await {
                Some(returned) if returned.get("error").is_empty() => {
                    let given = ["code", "token", "id_token"].into_iter().filter(|kind| {
                        !returned.get(if *kind == "token" { "access_token" } else { kind }).is_empty()
                    });
                    given.collect::<BTreeSet<_>>() == value.split(' ').collect()
                }
                _ => false,
            },
            "response_modes_supported" => {
                let returned = self.returned(&ask.set("response_mode", value)).await.unwrap();
                let (mode, is_jwt) = match value.strip_suffix("jwt") {
                    Some("") => ("query", true),
                    Some(mode) => (mode.trim_end_matches('.'), true),
                    None => (value, false),
                };
                returned.mode == mode
                    && returned.get("response").is_empty() != is_jwt
                    && returned.get("error").is_empty()
            }
            "grant_types_supported" => self.grants(value).await,
            "scopes_supported" => {
                let asked = if value == "openid" { value.to_owned() } else { format!("openid {value}") };
                match self.returned(&ask.scope(&asked)).await {
                    Some(returned) if !returned.get("code").is_empty() => {
                        let tokens = web.redeem(returned.get("code")).await.expect(200).json();
                        tokens["scope"].as_str().unwrap_or(&asked).split(' ').any(|scope| scope == value)
                    }
                    _ => false,
                }
            }
            "code_challenge_methods_supported" => {
                let ask = ask.set("code_challenge_method", value);
                let ask = if value == "plain" { ask.set("code_challenge", VERIFIER) } else { ask };
                match self.returned(&ask).await {
                    Some(returned) if !returned.get("code").is_empty() => {
                        web.redeem(returned.get("code")).await.status == 200
                    }
                    _ => false,
                }
            }
            "prompt_values_supported" => self.prompts(value).await,
            "subject_types_supported" => self.subjects(value).await,
            "claim_types_supported" => {
                let access = web.login("alice", EVERY_SCOPE).await.access;
                let userinfo = self.app.userinfo(&access).await.expect(200).json();
                match value {
                    "normal" => userinfo["name"] == "Alice Ample",
                    _ => userinfo.get("_claim_names").is_some(),
                }
            }
            "request_object_signing_alg_values_supported" => self.asks_by(value).await,
            _ => self.by_name(member, value).await,
        }
    }

    /// Members that are alike but for the endpoint or object that their name begins with.
    async fn by_name(&self, member: &str, value: &str) -> bool {
        for endpoint in ENDPOINTS {
            let Some(rest) = member.strip_prefix(&format!("{endpoint}_endpoint_auth_")) else { continue };
            return match rest {
                "methods_supported" => self.authenticates(endpoint, value).await,
                "signing_alg_values_supported" => self.proves_by(endpoint, value).await,
                other => panic!("no probe for {other} of {endpoint}"),
            };
        }
        for object in OBJECTS {
            let Some(rest) = member.strip_prefix(&format!("{object}_")) else { continue };
            let (kind, name) = match rest {
                "signing_alg_values_supported" => ("object", "alg"),
                "encryption_alg_values_supported" => ("sealed", "alg"),
                "encryption_enc_values_supported" => ("content", "enc"),
                other => panic!("no probe for {other} of {object}"),
            };
            let id = registered::named(kind, value);
            return match self.headers.get(&id) {
                Some(headers) => headers[object][name] == value,
                // An object that is not signed has no header; for the others see whether a client can be registered so.
                None => value != "none" && registered::is_taken(&id, &self.documents),
            };
        }
        panic!("there is no probe for {member}")
    }

    async fn grants(&self, value: &str) -> bool {
        let web = Client::new(&self.app, "web");
        match value {
            "authorization_code" => !web.login("alice", "openid").await.access.is_empty(),
            "refresh_token" => {
                let refresh = web.login("alice", "openid offline_access").await.refresh;
                web.refresh(&refresh).await.status == 200
            }
            "implicit" => {
                let ask = Ask::of("implicit").set("response_type", "id_token").without_pkce();
                self.returned(&ask).await.is_some_and(|returned| !returned.get("id_token").is_empty())
            }
            "client_credentials" => {
                Client::new(&self.app, "machine").token(&[("grant_type", value)]).await.status == 200
            }
            "urn:ietf:params:oauth:grant-type:device_code" => {
                let device = WaitingDevice::of(&Client::new(&self.app, "tv"), "openid").await;
                Browser::new(&self.app).allow_device(&device, "alice").await;
                !device.tokens().await.access.is_empty()
            }
            _ => web.token(&[("grant_type", value)]).await.error() != "unsupported_grant_type",
        }
    }

    /// A person who is signed in and whom nobody would ask anything.
    async fn prompts(&self, value: &str) -> bool {
        let mut browser = Browser::new(&self.app);
        browser.sign_in_at_home("alice").await;
        let view = browser.ask(&Ask::of("web").prompt(value)).await;
        let step = match value {
            "none" => return view.try_returned().is_some_and(|returned| returned.gives()),
            "login" => "sign-in",
            "select_account" => "select-account",
            other => other,
        };
        view.status() == 200 && view.try_returned().is_none() && view.step() == step
    }

    /// Every `acr` that an ID token carries.
    pub async fn levels(&self) -> BTreeSet<String> {
        let one = Client::new(&self.app, "web").login("alice", "openid").await.id;
        let mut browser = Browser::new(&self.app);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, "bob").await;
        let (_, page) = browser.enrol(&page).await;
        let code = browser.allow(&page).await.returned().code();
        let two = Client::new(&self.app, "web-2fa").redeem(&code).await.expect(200).json();
        let mut levels = BTreeSet::new();
        for token in [one, two["id_token"].as_str().unwrap().to_owned()] {
            levels.insert(verify(&self.app, &token).await.claims["acr"].as_str().unwrap().to_owned());
        }
        levels
    }

    async fn subjects(&self, value: &str) -> bool {
        let mut subs = Vec::new();
        for id in ["web", "implicit", "sector.localhost", "sector.127.0.0.1"] {
            let ask =
                Ask::of(id).set("response_type", if id.starts_with("sector") { "code" } else { "id_token" });
            let returned = self.returned(&ask).await.unwrap();
            let token = match returned.get("id_token") {
                "" => {
                    Client::new(&self.app, id).redeem(&returned.code()).await.expect(200).json()["id_token"]
                        .clone()
                }
                token => token.into(),
            };
            subs.push(verify(&self.app, token.as_str().unwrap()).await.claims["sub"].clone());
        }
        match value {
            "public" => subs[0] == subs[1],
            _ => subs[1..].iter().map(Value::to_string).collect::<BTreeSet<_>>().len() == 3,
        }
    }

    /// What a client adds to a form, or sends beside it, by a method.
    async fn send(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let id = registered::named("method", method);
        let secret = format!("{id}-secret");
        let assertion = Assertion::new(&id, self.app.clock.now());
        let (assertion, own) = match method {
            "client_secret_basic" => return self.app.post(path).form(form).basic(&id, &secret).send().await,
            "client_secret_post" => {
                (String::new(), vec![("client_id", id.as_str()), ("client_secret", &secret)])
            }
            "client_secret_jwt" => (assertion.sign("HS256", &Key::secret(SECRET.as_bytes())), Vec::new()),
            "private_key_jwt" => (assertion.sign("ES256", &key("p256")), Vec::new()),
            _ => (String::new(), vec![("client_id", id.as_str())]),
        };
        let proof = if assertion.is_empty() { own } else { fields(&assertion).to_vec() };
        self.app.post(path).form(&[form, &proof].concat()).send().await
    }

    /// At the token endpoint and those that authenticate as it does (RFC 9126 §2, RFC 8628 §3.1), or at another.
    async fn authenticates(&self, endpoint: &str, method: &str) -> bool {
        let id = registered::named("method", method);
        if !registered::everyone().contains(&id) {
            return registered::is_taken(&id, &self.documents);
        }
        let token = async || {
            let code = self.returned(&Ask::of(&id)).await.unwrap().code();
            let form = [
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ];
            self.send(method, "/api/oidc/token", &form).await
        };
        let answer = token().await;
        if endpoint == "token" {
            // Where it is the credential it comes along already.
            let names_itself = ["client_secret_post", "none"].contains(&method);
            let ask = if names_itself { Ask::of(&id).without("client_id") } else { Ask::of(&id) };
            let pushed = self.send(method, "/api/oidc/pushed-authorization-request", &ask.pairs()).await;
            let device = self.send(method, ENDPOINT, &[("scope", "openid")]).await;
            return [answer.status, pushed.status, device.status] == [200, 201, 200];
        }
        let access = Tokens::of(String::new(), answer.expect(200).json()).access;
        let answer = self.send(method, &format!("/api/oidc/{endpoint}"), &[("token", &access)]).await;
        match endpoint {
            "introspection" => answer.status == 200 && answer.json()["active"] == true,
            _ => answer.status == 200 && self.app.userinfo(&access).await.status == 401,
        }
    }

    async fn proves_by(&self, endpoint: &str, alg: &str) -> bool {
        let id = registered::named("proves", alg);
        if !registered::everyone().contains(&id) {
            return registered::is_taken(&id, &self.documents);
        }
        let assertion = sign(alg, |key| Assertion::new(&id, self.app.clock.now()).sign(alg, key));
        let form = [("grant_type", "client_credentials"), ("token", "x")];
        let answer =
            self.app.post(&format!("/api/oidc/{endpoint}")).form(&[&form[..], &fields(&assertion)].concat());
        answer.send().await.status == 200
    }

    async fn asks_by(&self, alg: &str) -> bool {
        let id = registered::named("asks", alg);
        if !registered::everyone().contains(&id) {
            return registered::is_taken(&id, &self.documents);
        }
        let object = RequestObject::of(&Ask::of(&id).set("login_hint", "bob"));
        let object = if alg == "none" {
            object.unsigned()
        } else {
            let header = json!({"typ": "oauth-authz-req+jwt", "alg": alg}).to_string();
            sign(alg, |key| {
                compact(&header, &Value::Object(object.claims).to_string(), |input| key.sign(alg, input))
            })
        };
        let view = Browser::new(&self.app).ask(&by_value(&id, &object)).await;
        view.step() == "sign-in" && view.field("username").as_deref() == Some("bob")
    }

    /// Every claim that is given: to all scopes, by the token and authorization endpoints, and when it is asked for by name.
    pub async fn claims(&self, asked: &[&str]) -> BTreeSet<String> {
        let by_name: BTreeMap<&str, Value> = asked.iter().map(|name| (*name, Value::Null)).collect();
        let ask = Ask::of("web").scope(EVERY_SCOPE).set("response_type", "code id_token token");
        let ask = ask.set("claims", &json!({"id_token": by_name, "userinfo": by_name}).to_string());
        let mut browser = Browser::new(&self.app);
        let returned = browser.authorize(&ask.prompt("consent"), "alice").await;
        let tokens = Client::new(&self.app, "web").redeem(&returned.code()).await.expect(200).json();
        let mut given = BTreeSet::new();
        for token in [returned.get("id_token"), tokens["id_token"].as_str().unwrap()] {
            given.extend(verify(&self.app, token).await.claims.keys().cloned());
        }
        let userinfo = self.app.userinfo(returned.get("access_token")).await.expect(200).json();
        given.extend(userinfo.as_object().unwrap().keys().cloned());
        given
    }

    /// Whether what a member says that is yes or no is so.
    pub async fn is_so(&self, member: &str) -> bool {
        let signed = RequestObject::of(&Ask::of("web").set("login_hint", "bob")).unsigned();
        let by_uri = |uri: &str| by_value("web", "").without("request").set("request_uri", uri);
        let asks_bob = async |ask: &Ask| {
            let view = Browser::new(&self.app).ask(ask).await;
            view.field("username").as_deref() == Some("bob")
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/oauth-authz-req+jwt";
        self.documents.say("/request", format!("{head}\r\ncontent-length: {}\r\n\r\n{signed}", signed.len()));
        self.documents.say("/other", format!("{head}\r\ncontent-length: {}\r\n\r\n{signed}", signed.len()));
        match member {
            "request_parameter_supported" => asks_bob(&by_value("web", &signed)).await,
            "request_uri_parameter_supported" => asks_bob(&by_uri(&self.documents.url("/request"))).await,
            "require_request_uri_registration" => !asks_bob(&by_uri(&self.documents.url("/other"))).await,
            "claims_parameter_supported" => {
                let claims = json!({"id_token": {"email": {"essential": true}}}).to_string();
                let ask = Ask::of("web").set("claims", &claims).set("response_type", "id_token");
                let mut browser = Browser::new(&self.app);
                let returned = browser.authorize(&ask, "alice").await;
                verify(&self.app, returned.get("id_token")).await.claims.contains_key("email")
            }
            "require_pushed_authorization_requests" => {
                self.returned(&Ask::of("web")).await.is_none_or(|returned| returned.get("code").is_empty())
            }
            "authorization_response_iss_parameter_supported" => {
                let given = self.returned(&Ask::of("web")).await.unwrap();
                let refused = self.returned(&Ask::of("web").scope("nonsense")).await.unwrap();
                !given.get("iss").is_empty() && !refused.get("iss").is_empty()
            }
            other => panic!("there is no probe for {other}"),
        }
    }
}

/// What a client of an algorithm signs.
fn sign(alg: &str, act: impl FnOnce(&Key) -> String) -> String {
    match SIGNATURES.iter().find(|(known, _)| *known == alg).and_then(|(_, key)| *key) {
        Some("") | None => act(&Key::secret(SECRET.as_bytes())),
        Some(name) => act(&key(name)),
    }
}

fn header(token: impl AsRef<str>) -> Value {
    let first = token.as_ref().split('.').next().unwrap_or_default();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(first).unwrap_or_default()).unwrap_or(Value::Null)
}
