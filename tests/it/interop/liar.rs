//! A provider that lies: it hands everything on to the real one, under its own name, and signs the ID tokens anew
//! with a key of its own. With [`Lie::Nothing`] a relying party must be content; with any other it must refuse.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Response};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::unverified;

/// What is wrong with the ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Nothing: signed with the liar's key, which it publishes.
    Nothing,
    /// Another issuer.
    Iss,
    /// The nonce of another login.
    Nonce,
    /// The hash of another access token.
    AtHash,
    /// A key id that nobody published.
    Kid,
    /// The key id of the real provider's key, under the liar's signature.
    Signature,
    /// Another client.
    Aud,
    /// Over.
    Exp,
}

impl Lie {
    pub const ALL: [(Self, &str); 7] = [
        (Self::Iss, "iss"),
        (Self::Nonce, "nonce"),
        (Self::AtHash, "at_hash"),
        (Self::Kid, "kid"),
        (Self::Signature, "signature"),
        (Self::Aud, "aud"),
        (Self::Exp, "exp"),
    ];
}

const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9qFEKhBpZ+GmZ1iv
lRsNgWnPEjt/xteUMrH3M9NvXgWhRANCAAQj78TDD+YcLgslyGlvA52SoojYdBVg
3tRG6t8ke4VTwkNGvEhnHu0r3yaGxv/JHyPFdu/Dov8e+kxEgvaknMBn
-----END PRIVATE KEY-----";

/// A liar at its port, until the test's runtime ends.
#[derive(Clone)]
pub struct Liar {
    /// The issuer it claims to be.
    pub issuer: String,
    real: String,
    lie: Lie,
    http: reqwest::Client,
}

impl Liar {
    /// In front of the provider with this issuer.
    pub async fn start(real: &str, lie: Lie) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let liar = Arc::new(Self { issuer, real: real.to_owned(), lie, http });
        let router = Router::new().fallback(hand_on).with_state(liar.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        liar
    }

    fn change(&self, path: &str, body: &mut Value) {
        match path {
            "/.well-known/openid-configuration" => {
                let text = body.to_string().replace(&self.real, &self.issuer);
                let authorization_endpoint = body["authorization_endpoint"].take();
                *body = serde_json::from_str(&text).unwrap();
                // The browser goes to the real provider: only what the relying party hears is a lie.
                body["authorization_endpoint"] = authorization_endpoint;
            }
            "/jwks.json" => body["keys"].as_array_mut().unwrap().push(json!({
                "kty": "EC", "crv": "P-256", "kid": "liar", "alg": "ES256", "use": "sig",
                "x": "I-_Eww_mHC4LJchpbwOdkqKI2HQVYN7URurfJHuFU8I",
                "y": "Q0a8SGce7SvfJobG_8kfI8V278Oi_x76TESC9qScwGc",
            })),
            "/api/oidc/token" if body["id_token"].is_string() => {
                body["id_token"] = self.id_token(body["id_token"].as_str().unwrap()).into();
            }
            _ => {}
        }
    }

    fn id_token(&self, real: &str) -> String {
        let (real_header, mut claims) = unverified(real);
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("liar".to_owned());
        claims["iss"] = self.issuer.clone().into();
        match self.lie {
            Lie::Nothing => {}
            Lie::Iss => claims["iss"] = format!("{}/", self.issuer).into(),
            Lie::Nonce => claims["nonce"] = "the-nonce-of-another-login".into(),
            Lie::AtHash => claims["at_hash"] = "77QmUPtjPfzWtF2AnpK9RQ".into(),
            Lie::Kid => header.kid = Some("nobody".to_owned()),
            Lie::Signature => {
                header.kid = real_header["kid"].as_str().map(str::to_owned);
                header.alg = Algorithm::ES256;
            }
            Lie::Aud => claims["aud"] = "another-client".into(),
            Lie::Exp => claims["exp"] = (claims["iat"].as_i64().unwrap() - 3600).into(),
        }
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_pem(KEY.as_bytes()).unwrap()).unwrap()
    }
}

async fn hand_on(
    State(liar): State<Arc<Liar>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut request = liar.http.request(method, format!("{}{uri}", liar.real)).body(body);
    for name in ["authorization", "content-type", "accept"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
    let text = answer.text().await.unwrap();
    let text = match serde_json::from_str::<Value>(&text) {
        Ok(mut body) => {
            liar.change(uri.path(), &mut body);
            body.to_string()
        }
        Err(_) => text,
    };
    let mut response = (status, text).into_response();
    if let Some(kind) = kind {
        response.headers_mut().insert("content-type", kind);
    }
    response
}
