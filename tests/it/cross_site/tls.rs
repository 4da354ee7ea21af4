//! A certificate authority of the test's own, which Chromium trusts as it trusts one that an operator installed.

use std::process::Command;
use std::sync::{Arc, OnceLock};

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

use crate::browser::chromium;

/// Connections whose handshake is done. A browser opens some that it never uses: none waits for another.
pub struct Handshaken {
    address: std::net::SocketAddr,
    streams: mpsc::Receiver<TlsStream<TcpStream>>,
}

impl Handshaken {
    /// On a free port of loopback, with one certificate for all hosts.
    pub async fn listen(hosts: &[&str]) -> Self {
        let acceptor = TlsAcceptor::from(server_config(hosts));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, streams) = mpsc::channel(16);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        let _ = sender.send(stream).await;
                    }
                });
            }
        });
        Self { address, streams }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl axum::serve::Listener for Handshaken {
    type Io = TlsStream<TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.streams.recv().await {
            Some(stream) => (stream, self.address),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}

struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

/// Made once per run, and trusted by every browser that starts afterwards.
fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let key = key();
        let name = name("The authority of these tests");
        let mut builder = builder(&name, &key);
        builder.set_issuer_name(&name).unwrap();
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().build().unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        let certificate = builder.build();
        trust(&certificate);
        Authority { key, certificate }
    })
}

/// Chromium reads the NSS database of its home.
fn trust(certificate: &X509) {
    let folder = chromium::home().join(".pki/nssdb");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("authority.pem");
    std::fs::write(&file, certificate.to_pem().unwrap()).unwrap();
    let certutil = |arguments: &[&str]| {
        let database = format!("sql:{}", folder.display());
        let output = Command::new("certutil").args(arguments).args(["-d", &database]).output();
        let output = output.unwrap_or_else(|error| {
            panic!("certutil is missing ({error}): apt-get install -y --no-install-recommends libnss3-tools")
        });
        assert!(output.status.success(), "certutil: {}", String::from_utf8_lossy(&output.stderr));
    };
    certutil(&["-N", "--empty-password"]);
    certutil(&["-A", "-n", "authority", "-t", "C,,", "-i", file.to_str().unwrap()]);
}

fn server_config(hosts: &[&str]) -> Arc<ServerConfig> {
    let authority = authority();
    let key = key();
    let mut builder = builder(&name(hosts[0]), &key);
    builder.set_issuer_name(authority.certificate.subject_name()).unwrap();
    let mut names = SubjectAlternativeName::new();
    for host in hosts {
        names.dns(host);
    }
    let names = names.build(&builder.x509v3_context(Some(&authority.certificate), None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.append_extension(ExtendedKeyUsage::new().server_auth().build().unwrap()).unwrap();
    builder.sign(&authority.key, MessageDigest::sha256()).unwrap();
    let certificate = CertificateDer::from(builder.build().to_der().unwrap());
    let key = PrivatePkcs8KeyDer::from(key.private_key_to_pkcs8().unwrap());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into());
    Arc::new(config.unwrap())
}

fn key() -> PKey<Private> {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap()
}

fn name(common_name: &str) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, common_name).unwrap();
    name.build()
}

fn builder(name: &X509Name, key: &PKey<Private>) -> X509Builder {
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(127, MsbOption::MAYBE_ZERO, false).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(3).unwrap()).unwrap();
    builder.set_subject_name(name).unwrap();
    builder.set_pubkey(key).unwrap();
    builder
}
