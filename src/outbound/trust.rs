//! Whose certificates are trusted: the system's authorities, and those of `certificates_directory`.

use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::OutboundError;

/// The authorities, read at the first fetch: most Signets never make one.
#[derive(Default)]
pub(super) struct Trust {
    /// Certificates of `certificates_directory`, as one text in PEM.
    own: Option<String>,
    connector: OnceCell<TlsConnector>,
}

impl Trust {
    /// `own` are the certificates of `certificates_directory`, in PEM.
    pub(super) fn new(own: Option<String>) -> Self {
        Self { own, connector: OnceCell::new() }
    }

    /// What speaks TLS with those who are trusted.
    ///
    /// # Errors
    /// When nobody is.
    pub(super) async fn connector(&self) -> Result<&TlsConnector, OutboundError> {
        self.connector
            .get_or_try_init(|| async {
                let own = self.own.clone();
                let reading = tokio::task::spawn_blocking(move || connector(own.as_deref()));
                reading.await.map_err(|error| OutboundError::Tls(error.to_string()))?
            })
            .await
    }
}

fn connector(own: Option<&str>) -> Result<TlsConnector, OutboundError> {
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!(%error, "some of the system's certificate authorities cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.certs);
    let own = own.map(|pem| CertificateDer::pem_slice_iter(pem.as_bytes()).flatten().collect::<Vec<_>>());
    roots.add_parsable_certificates(own.unwrap_or_default());
    if roots.is_empty() {
        let says = "no certificate authority is trusted: install the system's (Debian: ca-certificates), or name \
                    a folder in certificates_directory";
        return Err(OutboundError::Tls(says.to_owned()));
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| OutboundError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
