//! A relying party on hosts of its own. It believes nothing that it did not verify: state, browser, `iss`, nonce, and
//! the ID token with another JOSE library than Signet signs with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::pages;
use super::town::{OTHER, RP};
use super::whence::{by_provider, discreet};
use crate::support::Site;

type Pairs = Vec<(String, String)>;

/// The address that an app has for itself.
pub const APP: &str = "com.example.app:/done";

/// A login on its way.
struct Login {
    client: String,
    redirect_uri: String,
    nonce: String,
    verifier: String,
    /// How the answer was asked for.
    mode: String,
    /// The cookie of the browser it began in; none for an app.
    browser: Option<String>,
}

/// One server for all clients.
pub struct RelyingParty {
    site: Site,
    logins: Mutex<BTreeMap<String, Login>>,
    done: Mutex<BTreeMap<String, Value>>,
}

impl RelyingParty {
    pub fn new(site: &Site) -> Arc<Self> {
        Arc::new(Self { site: site.clone(), logins: Mutex::default(), done: Mutex::default() })
    }

    pub fn router(self: &Arc<Self>) -> Router {
        let answer = get(answered).post(answered_by_form);
        Router::new()
            .route("/begin", get(begin))
            .route("/leave", get(leave))
            .route("/callback", answer.clone())
            .route("/from-fragment", answer.clone())
            .route("/onward", answer.clone())
            .route("/app", answer.clone())
            .route("/popup", answer)
            .route("/done", get(done))
            .route("/log-out", get(log_out))
            .route("/bye", get(bye))
            .with_state(self.clone())
    }

    /// Begins a login and gives the parameters of its request.
    pub fn begin(&self, client: &str, to: &str, browser: Option<&str>, more: &[(String, String)]) -> Pairs {
        let [state, nonce] = [random(), random()];
        let verifier = random() + &random();
        let redirect_uri = match client {
            "native" => APP.to_owned(),
            "shop" => format!("https://{OTHER}/{to}"),
            _ => format!("https://{RP}/{to}"),
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let mut parameters: Pairs = [
            ("client_id", client),
            ("response_type", "code"),
            ("redirect_uri", &redirect_uri),
            ("scope", "openid profile email"),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        parameters.extend_from_slice(more);
        let mode = more.iter().find(|(name, _)| name == "response_mode").map_or("query", |(_, mode)| mode);
        let login = Login {
            client: client.to_owned(),
            redirect_uri,
            nonce,
            verifier,
            mode: mode.to_owned(),
            browser: browser.map(str::to_owned),
        };
        self.logins.lock().unwrap().insert(state, login);
        parameters
    }

    /// The address of a request.
    pub fn address(&self, parameters: &[(String, String)]) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}/api/oidc/authorization?{query}", self.site.origin)
    }

    /// Judges an answer; what is believed of it, or why it is not.
    pub async fn receive(
        &self,
        mode: &str,
        browser: Option<&str>,
        answer: &[(String, String)],
    ) -> Result<Value, String> {
        let get =
            |name: &str| answer.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let login = self.logins.lock().unwrap().remove(get("state")).ok_or("no login has this state")?;
        let same = |what: &str, got: &str, wanted: &str| {
            if got == wanted { Ok(()) } else { Err(format!("{what} is {got:?} and not {wanted:?}")) }
        };
        same("the browser", browser.unwrap_or_default(), login.browser.as_deref().unwrap_or_default())?;
        same("the response mode", mode, &login.mode)?;
        same("iss", get("iss"), &self.site.origin)?;
        if !get("error").is_empty() {
            return Err(get("error").to_owned());
        }
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", get("code")),
            ("redirect_uri", &login.redirect_uri),
            ("code_verifier", &login.verifier),
        ];
        let secret = format!("{}-secret", login.client);
        let call = self.site.post("/api/oidc/token");
        let call = if login.client == "native" {
            fields.push(("client_id", &login.client));
            call.form(&fields)
        } else {
            call.form(&fields).basic(&login.client, &secret)
        };
        let tokens = call.send().await.json();
        let token = |name: &str| tokens[name].as_str().ok_or_else(|| format!("no {name}: {tokens}"));
        let claims = self.verified(token("id_token")?, &login).await?;
        let hash = Sha256::digest(token("access_token")?);
        same(
            "at_hash",
            claims["at_hash"].as_str().unwrap_or_default(),
            &URL_SAFE_NO_PAD.encode(&hash[..16]),
        )?;
        let userinfo = self.site.userinfo(token("access_token")?).await.json();
        same("sub of userinfo", &userinfo["sub"].to_string(), &claims["sub"].to_string())?;
        Ok(json!({
            "client": login.client,
            "name": userinfo["name"],
            "sub": claims["sub"],
            "acr": claims["acr"],
            "amr": claims["amr"],
            "auth_time": claims["auth_time"],
            "id_token": token("id_token")?,
        }))
    }

    /// The claims of an ID token (OpenID Connect Core 1.0 §3.1.3.7).
    async fn verified(&self, token: &str, login: &Login) -> Result<Value, String> {
        let keys: JwkSet = serde_json::from_value(self.site.get("/jwks.json").send().await.json())
            .map_err(|error| format!("the keys: {error}"))?;
        let kid = decode_header(token).map_err(|error| error.to_string())?.kid.ok_or("no kid")?;
        let key = keys.find(&kid).ok_or("no key is published with the kid of the ID token")?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.site.origin]);
        validation.set_audience(&[&login.client]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        let key = DecodingKey::from_jwk(key).map_err(|error| error.to_string())?;
        let claims = decode::<Value>(token, &key, &validation).map_err(|error| error.to_string())?.claims;
        if claims["nonce"] != login.nonce {
            return Err(format!("nonce is {} and not {:?}", claims["nonce"], login.nonce));
        }
        Ok(claims)
    }

    /// Keeps what was believed and gives the ticket it is shown for.
    fn keep(&self, login: Value) -> String {
        let ticket = random();
        self.done.lock().unwrap().insert(ticket.clone(), login);
        ticket
    }

    /// What a ticket is for.
    pub fn login(&self, ticket: &str) -> Option<Value> {
        self.done.lock().unwrap().get(ticket).cloned()
    }
}

fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The cookie that the relying party knows its browser by. An answer by form comes from another site: `None`.
fn browser(headers: &HeaderMap) -> Option<String> {
    let line = headers.get(header::COOKIE)?.to_str().ok()?;
    line.split("; ").find_map(|pair| pair.strip_prefix("__Host-rp=")).map(str::to_owned)
}

/// A page from which a login goes out: by a link, a redirect, a form, a popup or a frame.
async fn begin(
    State(party): State<Arc<RelyingParty>>,
    Query(wish): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let told = |name: &str, usual: &str| {
        wish.iter().find(|(key, _)| key == name).map_or(usual, |(_, value)| value.as_str()).to_owned()
    };
    let known = browser(&headers).unwrap_or_else(random);
    let own = ["client", "to", "how"];
    let more: Pairs = wish.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned().collect();
    let parameters = party.begin(&told("client", "web"), &told("to", "callback"), Some(&known), &more);
    let address = party.address(&parameters);
    let page = match told("how", "link").as_str() {
        "link" => pages::link(&address),
        "form" => pages::form(address.split('?').next().unwrap(), &parameters),
        "redirect" => pages::redirect(&address),
        "popup" => pages::popup(&address),
        "frame" => pages::frame(&address),
        other => panic!("no way {other}"),
    };
    let cookie = format!("__Host-rp={known}; Path=/; Secure; HttpOnly; SameSite=None");
    ([(header::SET_COOKIE, cookie)], Html(page)).into_response()
}

async fn leave(Query(way): Query<Pairs>) -> Redirect {
    Redirect::to(&way[0].1)
}

/// A page that signs its person out at the provider, by a form.
async fn log_out(State(party): State<Arc<RelyingParty>>, Query(parameters): Query<Pairs>) -> Html<String> {
    Html(pages::form(&format!("{}/api/oidc/end-session", party.site.origin), &parameters))
}

/// Where a person comes back to who was signed out.
async fn bye(Query(answer): Query<Pairs>) -> Html<String> {
    Html(pages::login(&format!("{answer:?}")))
}

/// An answer by query, or, when there is none, by fragment: its page hands the fragment over.
async fn answered(
    State(party): State<Arc<RelyingParty>>,
    OriginalUri(uri): OriginalUri,
    Query(answer): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    if answer.is_empty() {
        return Html(pages::from_fragment()).into_response();
    }
    let mode = if uri.path() == "/from-fragment" { "fragment" } else { "query" };
    lead_on(&party, uri.path(), mode, &headers, &answer).await
}

async fn answered_by_form(
    State(party): State<Arc<RelyingParty>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer: Pairs = url::form_urlencoded::parse(&body).into_owned().collect();
    match by_provider(&headers) {
        Ok(()) => lead_on(&party, uri.path(), "form_post", &headers, &answer).await,
        Err(why) => Html(pages::refused(&why)).into_response(),
    }
}

async fn lead_on(
    party: &RelyingParty,
    path: &str,
    mode: &str,
    headers: &HeaderMap,
    answer: &[(String, String)],
) -> Response {
    let judged = match discreet(headers) {
        Ok(()) => party.receive(mode, browser(headers).as_deref(), answer).await,
        Err(why) => Err(why),
    };
    let login = match judged {
        Ok(login) => login,
        Err(why) => return Html(pages::refused(&why)).into_response(),
    };
    let shown = login.to_string();
    let ticket = party.keep(login);
    match path {
        "/onward" => Redirect::to(&format!("https://{OTHER}/done?ticket={ticket}")).into_response(),
        "/app" => Redirect::to(&format!("{APP}?ticket={ticket}")).into_response(),
        "/popup" => Html(pages::tell_opener(&shown)).into_response(),
        _ => Redirect::to(&format!("/done?ticket={ticket}")).into_response(),
    }
}

/// What the relying party knows after a login.
async fn done(State(party): State<Arc<RelyingParty>>, Query(answer): Query<Pairs>) -> Html<String> {
    let ticket = answer.first().map_or("", |(_, ticket)| ticket);
    match party.login(ticket) {
        Some(login) => Html(pages::login(&login.to_string())),
        None => Html(pages::refused("no such ticket")),
    }
}
