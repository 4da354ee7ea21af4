//! A relying party's server: its credentials, and what it sends to the endpoints for programs.

use serde_json::Value;

use super::ask::{Ask, VERIFIER, redirect_uri};
use super::site::Call;
use super::{Answer, Browser, Site, secrets};

/// How a client proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Basic,
    Post,
    None,
}

/// A registered client.
#[derive(Clone)]
pub struct Client {
    pub app: Site,
    pub id: String,
    pub method: Method,
    pub secret: String,
}

/// What a login gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub code: String,
    pub access: String,
    pub refresh: String,
    pub id: String,
    pub body: Value,
}

impl Tokens {
    pub fn of(code: String, body: Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            code,
            access: text("access_token"),
            refresh: text("refresh_token"),
            id: text("id_token"),
            body,
        }
    }
}

impl Client {
    /// A client of `base.yml` with its registered method; its secret is the name and `-secret`.
    pub fn new(app: &Site, id: &str) -> Self {
        let method = match id {
            "post" => Method::Post,
            "spa" | "tv" => Method::None,
            _ => Method::Basic,
        };
        let secret = format!("{id}-secret");
        secrets::credentials(id, &secret);
        Self { app: app.clone(), id: id.to_owned(), method, secret }
    }

    /// A POST with this client's credentials.
    pub fn call(&self, path: &str, fields: &[(&str, &str)]) -> Call {
        let mut fields = fields.to_vec();
        match self.method {
            Method::Basic => self.app.post(path).form(&fields).basic(&self.id, &self.secret),
            Method::Post => {
                fields.extend([("client_id", self.id.as_str()), ("client_secret", &self.secret)]);
                self.app.post(path).form(&fields)
            }
            Method::None => {
                fields.push(("client_id", &self.id));
                self.app.post(path).form(&fields)
            }
        }
    }

    pub async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        self.call("/api/oidc/token", fields).send().await
    }

    /// Redeems a code with everything that belongs to it.
    pub async fn redeem(&self, code: &str) -> Answer {
        self.token(&code_fields(&self.id, code)).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    pub async fn introspect(&self, token: &str) -> Value {
        self.call("/api/oidc/introspection", &[("token", token)]).send().await.expect(200).json()
    }

    pub async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }

    pub async fn revoke(&self, token: &str) -> Answer {
        self.call("/api/oidc/revocation", &[("token", token)]).send().await
    }

    /// Pushes a request; the answer as it came. `client_id` goes along only where it is the credential.
    pub async fn push(&self, ask: &Ask) -> Answer {
        let ask = if self.method == Method::Basic { ask.clone() } else { ask.clone().without("client_id") };
        self.call("/api/oidc/pushed-authorization-request", &ask.pairs()).send().await
    }

    /// Pushes a request that is right and gives its name.
    pub async fn pushed(&self, ask: &Ask) -> String {
        let answer = self.push(ask).await.expect(201).json();
        answer["request_uri"].as_str().expect("a request_uri").to_owned()
    }

    /// Signs a person in with a new browser and redeems the code.
    pub async fn login(&self, name: &str, scope: &str) -> Tokens {
        self.login_with(&mut Browser::new(&self.app), name, scope).await
    }

    /// The same with a browser of the test's.
    pub async fn login_with(&self, browser: &mut Browser, name: &str, scope: &str) -> Tokens {
        let returned = browser.authorize(&Ask::of(&self.id).scope(scope), name).await;
        let code = returned.code();
        let answer = self.redeem(&code).await.expect(200);
        Tokens::of(code, answer.json())
    }
}

/// The token request of a code.
pub fn code_fields<'a>(client_id: &str, code: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri(client_id)),
        ("code_verifier", VERIFIER),
    ]
}
