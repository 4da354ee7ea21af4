//! Everybody at one port: Signet as its operator runs it behind a proxy, a relying party, and a neighbour that means
//! harm. The proxy ends TLS for all of them and can spoil what Signet answers.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::evil;
use super::fault::Fault;
use super::relying_party::RelyingParty;
use super::tls::Handshaken;
use crate::support::fleet::{free_ports, serve};
use crate::support::people::crowd;
use crate::support::process::Process;
use crate::support::{Person, Site, configuration};

/// The provider's host.
pub const OP: &str = "op.test";
/// The relying party's host, at another site.
pub const RP: &str = "rp.example";
/// A second relying party's, and where the first one leads on to.
pub const OTHER: &str = "other.example";
/// A host beside the provider, of the same site.
pub const EVIL: &str = "evil.op.test";

/// How many people there are besides alice and bob: `racer-0` and on.
const PEOPLE: usize = 20;

/// All hosts, for as long as this value lives.
pub struct Town {
    pub relying_party: Arc<RelyingParty>,
    /// The port that every host is reached at.
    pub port: u16,
    fault: Mutex<Option<Fault>>,
    loopback: String,
    http: reqwest::Client,
    neighbour: evil::Neighbour,
    signet: Process,
    _folder: TempDir,
}

impl Town {
    pub async fn begin() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let people = Person::file(&Person::all()) + &crowd(PEOPLE);
        std::fs::write(folder.path().join("users.yml"), people).unwrap();
        let port = free_ports(1)[0];
        let mut fragment: serde_yaml::Value = serde_yaml::from_str(include_str!("cross_site.yml")).unwrap();
        fragment["server"]["address"] = format!("tcp://127.0.0.1:{port}/").into();
        let fragment = serde_yaml::to_string(&fragment).unwrap();
        let signet = serve(&configuration::text(&fragment, folder.path(), None));

        let loopback = format!("http://127.0.0.1:{port}");
        let site = Site::over_http(&format!("https://{OP}"), std::slice::from_ref(&loopback));
        let listener = Handshaken::listen(&[OP, RP, OTHER, EVIL]).await;
        let town = Arc::new(Self {
            relying_party: RelyingParty::new(&site),
            port: listener.port(),
            fault: Mutex::new(None),
            neighbour: evil::Neighbour::signed_in(&site).await,
            loopback,
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            signet,
            _folder: folder,
        });
        let router = Router::new().fallback(route).with_state(town.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        town
    }

    /// Spoils what Signet answers from now on.
    pub fn spoil(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }

    /// Why Signet refused the request with this id, as its log says.
    pub fn refusal(&self, request_id: &str) -> Option<String> {
        let log = self.signet.output();
        let line = log.lines().find(|line| line.contains(request_id) && line.contains("refused"))?;
        Some(line.to_owned())
    }

    /// The values of the cookies that the neighbour plants.
    pub fn planted(&self) -> [&str; 2] {
        self.neighbour.values()
    }

    /// What Signet said so far.
    pub fn log(&self) -> String {
        self.signet.output()
    }

    /// Hands a request on to Signet, and its answer back.
    async fn hand_on(&self, request: Request) -> Response {
        let fault = *self.fault.lock().unwrap();
        let (mut parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        if let Some(fault) = fault {
            fault.request(&mut parts.headers);
        }
        parts.headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.7"));
        let url = format!("{}{}", self.loopback, parts.uri);
        let sent = self.http.request(parts.method, url).headers(parts.headers).body(body).send().await;
        let answer = sent.unwrap_or_else(|error| panic!("{error}: {}", self.signet.output()));
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        let mut body: Bytes = answer.bytes().await.unwrap();
        if let Some(fault) = fault {
            fault.answer(parts.uri.path(), &mut headers);
            if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
            {
                body = fault.page(std::str::from_utf8(&body).unwrap()).into();
            }
        }
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

async fn route(State(town): State<Arc<Town>>, request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match host {
        OP => town.hand_on(request).await,
        OTHER if request.uri().path() == "/forge" => town.neighbour.answer("/forge"),
        EVIL => town.neighbour.answer(request.uri().path()),
        _ => town.relying_party.router().oneshot(request).await.unwrap(),
    }
}
