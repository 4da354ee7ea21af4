//! Where requests go: to the router in this process, or over loopback to processes of Signet.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use base64::Engine as _;
use signet::clock::Clock;
use tower::ServiceExt;

use super::{Answer, secrets};

/// The issuer that tests speak to unless they say otherwise.
pub const ISSUER: &str = "https://op.example.com";

/// Where browsers and clients come from unless a test says otherwise; over loopback it is loopback.
pub const HOME: &str = "192.0.2.7";

/// A provider as its visitors see it. Cloned freely.
#[derive(Clone)]
pub struct Site {
    /// The time there.
    pub clock: Clock,
    /// The issuer.
    pub origin: String,
    /// The id of every answer, in order.
    pub request_ids: Arc<Mutex<Vec<String>>>,
    wire: Wire,
}

#[derive(Clone)]
enum Wire {
    InProcess(Box<Router>),
    /// TLS to one address, a connection per request; the name and the authority are checked.
    Tls(super::tls::Dial),
    /// Requests go to each in turn.
    Http {
        client: reqwest::Client,
        bases: Arc<[String]>,
        next: Arc<AtomicUsize>,
    },
}

impl Site {
    pub fn in_process(router: Router, clock: Clock) -> Self {
        let wire = Wire::InProcess(Box::new(router));
        Self { clock, origin: ISSUER.to_owned(), request_ids: Arc::default(), wire }
    }

    /// Processes that serve one issuer.
    pub fn over_http(origin: &str, bases: &[String]) -> Self {
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let wire =
            Wire::Http { client: client.expect("a client"), bases: bases.into(), next: Arc::default() };
        Self { clock: Clock::system(), origin: origin.to_owned(), request_ids: Arc::default(), wire }
    }

    /// The router of a provider in this process.
    pub fn router(&self) -> Router {
        match &self.wire {
            Wire::InProcess(router) => (**router).clone(),
            Wire::Http { .. } | Wire::Tls(_) => panic!("{} is reached over HTTP", self.origin),
        }
    }

    /// One issuer over TLS. A visitor's address counts when it is one of loopback.
    pub fn over_tls(origin: &str, dial: super::tls::Dial) -> Self {
        Self {
            clock: Clock::system(),
            origin: origin.to_owned(),

            request_ids: Arc::default(),
            wire: Wire::Tls(dial),
        }
    }

    fn host(&self) -> &str {
        self.origin.split_once("://").expect("an origin").1
    }

    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call("POST", path)
    }

    pub fn call(&self, method: &'static str, path: &str) -> Call {
        Call::new(self.clone(), method, path)
    }

    /// Userinfo with the token in the header.
    pub async fn userinfo(&self, token: &str) -> Answer {
        self.get("/api/oidc/userinfo").header("authorization", &format!("Bearer {token}")).send().await
    }
}

/// One request on its way.
pub struct Call {
    site: Site,
    method: &'static str,
    path: String,
    host: String,
    address: IpAddr,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Call {
    fn new(site: Site, method: &'static str, path: &str) -> Self {
        Self {
            host: site.host().to_owned(),
            site,
            method,
            path: path.to_owned(),
            address: HOME.parse().unwrap(),
            headers: vec![("user-agent".to_owned(), b"the program of a test".to_vec())],
            body: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub fn raw_header(mut self, name: &str, value: &[u8]) -> Self {
        self.headers.push((name.to_owned(), value.to_vec()));
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        self.host = host.to_owned();
        self
    }

    /// The address of the connection.
    pub fn from(mut self, address: &str) -> Self {
        self.address = address.parse().unwrap();
        self
    }

    pub fn basic(self, user: &str, secret: &str) -> Self {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        self.raw_basic(format!("{}:{}", encode(user), encode(secret)).as_bytes())
    }

    /// Basic credentials that are not encoded as RFC 6749 §2.3.1 says.
    pub fn raw_basic(self, credentials: &[u8]) -> Self {
        let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
        self.header("authorization", &format!("Basic {encoded}"))
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    pub async fn send(self) -> Answer {
        self.try_send().await.expect("an answer")
    }

    /// The same; nothing when no whole answer came.
    pub async fn try_send(self) -> Option<Answer> {
        let request_ids = Arc::clone(&self.site.request_ids);
        let answer = self.send_on().await?;
        request_ids.lock().expect("nobody panics with it").push(answer.header("x-request-id").to_owned());
        secrets::answer(&answer.headers, &answer.body);
        Some(answer)
    }

    async fn send_on(self) -> Option<Answer> {
        match self.site.wire.clone() {
            Wire::InProcess(router) => Some(self.send_to(*router).await),
            Wire::Tls(dial) => {
                let mut request = Request::builder().method(self.method).uri(&self.path);
                request = request.header("host", &self.host);
                for (name, value) in &self.headers {
                    request = request.header(name, value.as_slice());
                }
                let from = Some(self.address).filter(IpAddr::is_loopback);
                let request = request.body(Body::from(self.body)).expect("a request");
                dial.connect(from).await.ok()?.send(request).await.ok()
            }
            Wire::Http { client, bases, next } => {
                let turn = next.fetch_add(1, Ordering::Relaxed) % bases.len();
                let url = format!("{}{}", bases[turn], self.path);
                self.send_over(&client, &url).await.ok()
            }
        }
    }

    /// As the bytes of an HTTP/1.1 request.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nhost: {}\r\n", self.method, self.path, self.host).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).bytes());
        bytes.extend(&self.body);
        bytes
    }

    async fn send_to(self, router: Router) -> Answer {
        let mut request = Request::builder().method(self.method).uri(&self.path).header("host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        if !self.body.is_empty() {
            request = request.header("content-length", self.body.len());
        }
        let mut request = request.body(Body::from(self.body)).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 40_000)));
        let response = router.oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn send_over(self, client: &reqwest::Client, url: &str) -> Result<Answer, reqwest::Error> {
        let method = self.method.parse().expect("a method");
        let mut request = client.request(method, url).header("host", &self.host);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        let response = request.body(self.body).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await? })
    }
}
