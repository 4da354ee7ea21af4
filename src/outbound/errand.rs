//! What a person at a command line asks of an issuer that they name: over https, or by http of this very machine.
//!
//! Here nobody else chooses the address, so no network is out of bounds; all else is as strict: no redirect is followed,
//! no proxy used, and what takes too long or is too long is dropped.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::rt::{Read, Write};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use super::OutboundError;
use super::trust::Trust;

/// How long all of it may take, from the name to the last byte.
const WHOLE: Duration = Duration::from_secs(10);
/// How long one address may take to be connected to, so that a dead route leaves time for the next.
const ONE_ADDRESS: Duration = Duration::from_secs(3);
/// How many bytes of an answer are taken.
const MAX_BODY: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ErrandError {
    /// Neither https nor http.
    #[error("{0}: only https is asked, and http on this machine")]
    Scheme(Url),
    /// http, and not to this machine: everyone on the way could read the secret.
    #[error("{0} is http and not on this machine: what is sent there could be read on the way; use https")]
    Readable(Url),
    /// The name has no address.
    #[error("the address of {host} is not known: {error}")]
    Resolve {
        /// The host of the URL.
        host: String,
        /// What the system says.
        error: String,
    },
    /// Nobody answered.
    #[error("no connection to {host} at {address}: {error}")]
    Connect {
        /// The host of the URL.
        host: String,
        /// The address that was tried last.
        address: SocketAddr,
        /// What the system says.
        error: String,
    },
    /// The certificate is not trusted, or TLS failed otherwise.
    #[error("TLS with {host} failed: {error}; an authority of your own is named with --ca")]
    Tls {
        /// The host of the URL.
        host: String,
        /// What is wrong.
        error: String,
    },
    /// The authorities could not be read.
    #[error(transparent)]
    Trust(#[from] OutboundError),
    /// It took longer than ten seconds.
    #[error("{0} did not answer within 10 seconds")]
    Slow(Url),
    /// The answer is longer than one megabyte.
    #[error("the answer of {0} is longer than 1 MiB")]
    Large(Url),
    /// What came is no HTTP, or ended early.
    #[error("the answer of {url} broke off: {error}")]
    Broken {
        /// What was asked.
        url: Url,
        /// What is wrong.
        error: String,
    },
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// `X-Request-Id`, by which the administrator of the issuer finds a refusal.
    pub request_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// One who asks.
pub struct Errand {
    trust: Trust,
}

impl Errand {
    /// Believes the system's authorities and those of `authorities`, in PEM.
    #[must_use]
    pub fn new(authorities: Option<String>) -> Self {
        Self { trust: Trust::new(authorities) }
    }

    /// Asks for a document.
    ///
    /// # Errors
    /// [`ErrandError`]; an answer of any status is an answer.
    pub async fn get(&self, url: &Url) -> Result<Reply, ErrandError> {
        self.send(url, Method::GET, None, String::new()).await
    }

    /// Sends a form, with the value of `Authorization` where there is one.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(
        &self,
        url: &Url,
        authorization: Option<&SecretString>,
        form: String,
    ) -> Result<Reply, ErrandError> {
        self.send(url, Method::POST, authorization, form).await
    }

    async fn send(
        &self,
        url: &Url,
        method: Method,
        authorization: Option<&SecretString>,
        form: String,
    ) -> Result<Reply, ErrandError> {
        let sending = self.send_in_any_time(url, method, authorization, form);
        timeout(WHOLE, sending).await.unwrap_or_else(|_| Err(ErrandError::Slow(url.clone())))
    }

    async fn send_in_any_time(
        &self,
        url: &Url,
        method: Method,
        authorization: Option<&SecretString>,
        form: String,
    ) -> Result<Reply, ErrandError> {
        let encrypted = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(ErrandError::Scheme(url.clone())),
        };
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(ErrandError::Scheme(url.clone()));
        };
        let mut addresses = addresses(&host, port).await?;
        if !encrypted {
            addresses.retain(|address| address.ip().to_canonical().is_loopback());
            if addresses.is_empty() {
                return Err(ErrandError::Readable(url.clone()));
            }
        }
        let stream = connect(&host, addresses).await?;
        let request = request(url, method, authorization, form)
            .map_err(|error| ErrandError::Broken { url: url.clone(), error: error.to_string() })?;
        if !encrypted {
            return ask(TokioIo::new(stream), url, request).await;
        }
        let failed = |error: String| ErrandError::Tls { host: host.to_string(), error };
        let name = match &host {
            Host::Domain(name) => {
                ServerName::try_from((*name).to_owned()).map_err(|error| failed(error.to_string()))?
            }
            Host::Ipv4(address) => ServerName::from(IpAddr::V4(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::V6(*address)),
        };
        let connector = self.trust.connector().await?;
        let stream = connector.connect(name, stream).await.map_err(|error| failed(error.to_string()))?;
        ask(TokioIo::new(stream), url, request).await
    }
}

/// Where a host is; never empty.
async fn addresses(host: &Host<&str>, port: u16) -> Result<Vec<SocketAddr>, ErrandError> {
    let unknown = |error: String| ErrandError::Resolve { host: host.to_string(), error };
    let found = match host {
        Host::Ipv4(address) => vec![SocketAddr::new(IpAddr::V4(*address), port)],
        Host::Ipv6(address) => vec![SocketAddr::new(IpAddr::V6(*address), port)],
        Host::Domain(name) => {
            let looked = tokio::net::lookup_host((*name, port)).await;
            looked.map_err(|error| unknown(error.to_string()))?.collect()
        }
    };
    if found.is_empty() { Err(unknown("it has none".to_owned())) } else { Ok(found) }
}

/// A connection to the first address that answers.
async fn connect(host: &Host<&str>, addresses: Vec<SocketAddr>) -> Result<TcpStream, ErrandError> {
    let mut failed = ErrandError::Resolve { host: host.to_string(), error: "it has none".to_owned() };
    for address in addresses {
        let error = match timeout(ONE_ADDRESS, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} seconds", ONE_ADDRESS.as_secs()),
        };
        failed = ErrandError::Connect { host: host.to_string(), address, error };
    }
    Err(failed)
}

fn request(
    url: &Url,
    method: Method,
    authorization: Option<&SecretString>,
    form: String,
) -> Result<Request<String>, hyper::http::Error> {
    let host = url.host_str().unwrap_or_default();
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let posts = method == Method::POST;
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header(HOST, authority)
        .header(ACCEPT, "application/json")
        .header(ACCEPT_ENCODING, "identity")
        .header(USER_AGENT, "Signet")
        .header(CONNECTION, "close");
    if posts {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if let Some(value) = authorization {
        request = request.header(AUTHORIZATION, value.expose_secret());
    }
    request.body(form)
}

/// Asks over an open connection, which ends with the answer.
async fn ask<S: Read + Write + Unpin + Send + 'static>(
    stream: S,
    url: &Url,
    request: Request<String>,
) -> Result<Reply, ErrandError> {
    let broken = |error: hyper::Error| {
        let below = std::error::Error::source(&error).map(|source| format!(": {source}"));
        ErrandError::Broken { url: url.clone(), error: format!("{error}{}", below.unwrap_or_default()) }
    };
    let (mut sender, connection) = http1::handshake(stream).await.map_err(broken)?;
    // Dropped with this future, so nothing reads on when the time is over.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let answer = sender.send_request(request).await.map_err(broken)?;
    let status = answer.status().as_u16();
    let request_id =
        answer.headers().get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body: Incoming = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if bytes.len().saturating_add(data.len()) > MAX_BODY {
            return Err(ErrandError::Large(url.clone()));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Reply { status, request_id, body: bytes })
}
