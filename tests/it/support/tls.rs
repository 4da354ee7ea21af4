//! A client that speaks TLS to one address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use super::Answer;

/// Where to, and whom to believe. Each connection shakes hands anew.
#[derive(Clone)]
pub struct Dial {
    address: SocketAddr,
    name: &'static str,
    config: Arc<ClientConfig>,
}

/// An open connection.
pub struct Line {
    /// The server's certificate, DER.
    pub certificate: Vec<u8>,
    /// What ALPN came to.
    pub protocol: Option<Vec<u8>>,
    sender: SendRequest<Body>,
}

impl Dial {
    /// With TLS 1.2 and 1.3, and `http/1.1` offered.
    pub fn new(port: u16, name: &'static str, root: &[u8]) -> Self {
        Self::with(port, name, root, tokio_rustls::rustls::ALL_VERSIONS, &["http/1.1"])
    }

    pub fn with(
        port: u16,
        name: &'static str,
        root: &[u8],
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&str],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        config.resumption = tokio_rustls::rustls::client::Resumption::disabled();
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), name, config: Arc::new(config) }
    }

    /// The TCP connection alone.
    pub async fn tcp(&self, from: Option<IpAddr>) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if let Some(from) = from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        socket.connect(self.address).await
    }

    /// Shakes hands.
    pub async fn shake(&self, from: Option<IpAddr>) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(self.name).expect("a name");
        TlsConnector::from(self.config.clone()).connect(name, self.tcp(from).await?).await
    }

    pub async fn connect(&self, from: Option<IpAddr>) -> io::Result<Line> {
        let stream = self.shake(from).await?;
        let (_, session) = stream.get_ref();
        let certificate = session.peer_certificates().expect("a certificate")[0].to_vec();
        let protocol = session.alpn_protocol().map(<[u8]>::to_vec);
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Line { certificate, protocol, sender })
    }
}

impl Line {
    pub async fn send(&mut self, request: Request<Body>) -> Result<Answer, hyper::Error> {
        self.sender.ready().await?;
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        let body = axum::body::to_bytes(Body::new(body), 1 << 20).await.expect("a body");
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// A GET of a path at a host.
    pub async fn get(&mut self, host: &str, path: &str) -> Result<Answer, hyper::Error> {
        let request = Request::get(path).header("host", host).body(Body::empty()).expect("a request");
        self.send(request).await
    }
}
