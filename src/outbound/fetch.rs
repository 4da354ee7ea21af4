//! One GET: resolve, judge, connect to what was judged, ask, count.

use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, HOST, USER_AGENT};
use hyper::rt::{Read, Write};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use super::OutboundError;
use super::fence::Fence;
use super::freshness::freshness;
use super::trust::Trust;
use crate::clock::Seconds;

/// How long all of it may take, from the name to the last byte.
const WHOLE: Duration = Duration::from_secs(3);
/// How long one of several addresses may take to answer.
const ONE_ADDRESS: Duration = Duration::from_secs(1);
/// How many bytes of a body are taken.
const MAX_BODY: usize = 64 * 1024;
/// How many bytes of a head are taken, and how many fields.
const MAX_HEAD: usize = 16 * 1024;
const MAX_FIELDS: usize = 64;

type Resolving = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// Who knows the addresses of a name. It is asked once for each connection.
pub(super) type Resolver = Arc<dyn Fn(String, u16) -> Resolving + Send + Sync>;

/// The resolver of the system.
pub(super) fn system() -> Resolver {
    Arc::new(|host, port| Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }))
}

/// What one fetch needs.
#[derive(Clone)]
pub(super) struct Fetch {
    pub(super) fence: Arc<Fence>,
    pub(super) resolver: Resolver,
    pub(super) trust: Arc<Trust>,
}

impl Fetch {
    /// What a URL gives, and for how many seconds its server lets it be used again.
    ///
    /// # Errors
    /// When the fence refuses, when the answer is anything but 200 within 64 KiB, and when it takes too long.
    pub(super) async fn get(&self, url: &Url) -> Result<(Bytes, Seconds), OutboundError> {
        timeout(WHOLE, self.in_any_time(url)).await.unwrap_or(Err(OutboundError::Slow))
    }

    async fn in_any_time(&self, url: &Url) -> Result<(Bytes, Seconds), OutboundError> {
        let encrypted = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(OutboundError::Scheme(other.to_owned())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Credentials);
        }
        let host = url.host().ok_or(OutboundError::NoHost)?;
        let port = url.port_or_known_default().ok_or(OutboundError::NoHost)?;
        let stream = self.connect(self.addresses(&host, port, encrypted).await?, encrypted).await?;
        if !encrypted {
            return ask(TokioIo::new(stream), url).await;
        }
        let name = match &host {
            Host::Domain(name) => ServerName::try_from((*name).to_owned())
                .map_err(|_| OutboundError::Resolve("it is no name of a host".to_owned()))?,
            Host::Ipv4(address) => ServerName::from(IpAddr::V4(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::V6(*address)),
        };
        let connector = self.trust.connector().await?;
        let stream =
            connector.connect(name, stream).await.map_err(|error| OutboundError::Tls(error.to_string()))?;
        ask(TokioIo::new(stream), url).await
    }

    /// The addresses that may be connected to; never empty.
    async fn addresses(
        &self,
        host: &Host<&str>,
        port: u16,
        encrypted: bool,
    ) -> Result<Vec<SocketAddr>, OutboundError> {
        let found = match host {
            Host::Ipv4(address) => vec![SocketAddr::new(IpAddr::V4(*address), port)],
            Host::Ipv6(address) => vec![SocketAddr::new(IpAddr::V6(*address), port)],
            Host::Domain(name) => (self.resolver)((*name).to_owned(), port)
                .await
                .map_err(|error| OutboundError::Resolve(error.to_string()))?,
        };
        let mut refused = None;
        let mut allowed = Vec::new();
        for address in found {
            match self.fence.judge(address.ip(), encrypted) {
                Ok(()) => allowed.push(SocketAddr::new(address.ip().to_canonical(), port)),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match (allowed.is_empty(), refused) {
            (false, _) => Ok(allowed),
            (true, Some(refused)) => Err(refused),
            (true, None) => Err(OutboundError::Resolve("it has no address".to_owned())),
        }
    }

    /// A connection to the first address that answers, judged once more by what the socket says.
    async fn connect(&self, addresses: Vec<SocketAddr>, encrypted: bool) -> Result<TcpStream, OutboundError> {
        let mut failed = OutboundError::Slow;
        for address in addresses {
            let error = match timeout(ONE_ADDRESS, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let peer =
                        stream.peer_addr().map_err(|error| OutboundError::Broken(error.to_string()))?;
                    self.fence.judge(peer.ip(), encrypted)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "nobody answers within a second".to_owned(),
            };
            failed = OutboundError::Connect { address: address.ip(), error };
        }
        Err(failed)
    }
}

/// Asks over an open connection, which ends with the answer.
async fn ask<S: Read + Write + Unpin + Send + 'static>(
    stream: S,
    url: &Url,
) -> Result<(Bytes, Seconds), OutboundError> {
    let broken = |error: hyper::Error| OutboundError::Broken(told(&error));
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_FIELDS)
        .handshake::<_, String>(stream)
        .await
        .map_err(broken)?;
    // Dropped with this future, so nothing reads on when the time is over.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let request = request(url).map_err(|error| OutboundError::Broken(error.to_string()))?;
    let answer = sender.send_request(request).await.map_err(broken)?;
    judged(&answer)?;
    let fresh = freshness(answer.headers());
    Ok((counted(answer.into_body()).await?, fresh))
}

fn request(url: &Url) -> Result<Request<String>, hyper::http::Error> {
    let host = url.host_str().unwrap_or_default();
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    Request::get(target)
        .header(HOST, authority)
        .header(
            ACCEPT,
            "application/json, application/jwk-set+json, application/oauth-authz-req+jwt, */*;q=0.5",
        )
        .header(ACCEPT_ENCODING, "identity")
        .header(USER_AGENT, "Signet")
        .header(CONNECTION, "close")
        .body(String::new())
}

fn judged(answer: &Response<Incoming>) -> Result<(), OutboundError> {
    let status = answer.status();
    if status.is_redirection() {
        return Err(OutboundError::Redirect(status.as_u16()));
    }
    if status != StatusCode::OK {
        return Err(OutboundError::Status(status.as_u16()));
    }
    match answer.headers().get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            let shown: String = String::from_utf8_lossy(encoding.as_bytes()).chars().take(20).collect();
            Err(OutboundError::Encoding(shown))
        }
        _ => Ok(()),
    }
}

/// The whole body, unless it is longer than it may be: told by its length before a byte of it is read.
async fn counted(mut body: Incoming) -> Result<Bytes, OutboundError> {
    let most = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
    if body.size_hint().lower() > most {
        return Err(OutboundError::Large);
    }
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| OutboundError::Broken(told(&error)))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > MAX_BODY {
            return Err(OutboundError::Large);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
}

/// An error of hyper with what is below it.
fn told(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
