//! A server of documents that Signet fetches: it counts who comes, and says whatever the test has it say.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::certificates::Made;

/// Documents by their paths. Cloned freely; it ends with its runtime.
#[derive(Clone)]
pub struct Documents {
    port: u16,
    scheme: &'static str,
    connections: Arc<AtomicUsize>,
    answers: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    dripping: Arc<Mutex<HashSet<String>>>,
}

impl Documents {
    /// Over http, at 127.0.0.1.
    pub async fn plain() -> Self {
        Self::plain_at("127.0.0.1").await
    }

    /// Over http, at another address of this machine.
    pub async fn plain_at(address: &str) -> Self {
        Self::begin("http", address, None).await
    }

    /// Over https, with a certificate for `localhost`.
    pub async fn encrypted(made: &Made) -> Self {
        let chain = CertificateDer::pem_slice_iter(made.chain.as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(made.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self::begin("https", "127.0.0.1", Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn begin(scheme: &'static str, address: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, answers, dripping) = (Arc::default(), Arc::default(), Arc::default());
        let documents = Self { port, scheme, connections, answers, dripping };
        let this = documents.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                this.connections.fetch_add(1, Ordering::SeqCst);
                let (this, tls) = (this.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => this.serve(stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                this.serve(stream).await;
                            }
                        }
                    }
                });
            }
        });
        documents
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut head = vec![0; 8192];
        let length = stream.read(&mut head).await.unwrap_or(0);
        let head = String::from_utf8_lossy(&head[..length]).into_owned();
        let path = head.split(' ').nth(1).unwrap_or_default();
        let answer = self.answers.lock().unwrap().get(path).cloned();
        let answer =
            answer.unwrap_or_else(|| b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec());
        if answer.is_empty() {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let _ = stream.write_all(&answer).await;
        let drips = self.dripping.lock().unwrap().contains(path);
        while drips && stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let _ = stream.shutdown().await;
    }

    /// From now on these bytes are the answer at a path, head and all; none at all keeps who asks waiting.
    pub fn say(&self, path: &str, answer: impl Into<Vec<u8>>) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer.into());
    }

    /// From now on an answer at a path begins with these bytes, and goes on a byte at a time without end.
    pub fn drip(&self, path: &str, beginning: &str) {
        self.dripping.lock().unwrap().insert(path.to_owned());
        self.say(path, beginning);
    }

    /// From now on this JSON is the document at a path.
    pub fn put(&self, path: &str, document: &serde_json::Value) {
        self.put_text(path, &document.to_string());
    }

    /// The same with a text that says of itself that it is JSON.
    pub fn put_text(&self, path: &str, body: &str) {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json";
        self.say(path, format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    }

    /// The address of a path, by the name `localhost`.
    pub fn url(&self, path: &str) -> String {
        self.url_at("localhost", path)
    }

    /// The same by another name or address of this machine.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.port)
    }

    /// The port, at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections came.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}
