//! A certificate and its key: read, and held against each other and against the clock.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{Error, InconsistentKeys, ServerConfig};
use zeroize::Zeroizing;

use crate::clock::{NumericDate, Seconds};
use crate::jose::certificate_validity;
use crate::model::origin::Origin;
use crate::settings::{PemFile, Tls};
use crate::yaml::{Location, Problem, Problems, read_file};

/// No certificate or key is longer, in bytes: a wrong path cannot fill the memory.
const MAX_BYTES: usize = 256 * 1024;

/// How long before its end a certificate is spoken of, in seconds. Renewal is due 30 days before the end, so by then
/// it has failed for two weeks.
pub(super) const ENDS_SOON: Seconds = 14 * 86_400;

const CERTIFICATE: &str = "server.tls.certificate";
const KEY: &str = "server.tls.key";

/// A certificate with its chain and key that belong together.
pub(super) struct Pair {
    certified: Arc<CertifiedKey>,
    /// When the certificate ends, in seconds since the epoch.
    pub(super) ends: NumericDate,
}

/// What is wrong with the files that `server.tls` names at the time `now`, and what deserves to be told.
pub fn check(tls: &Tls, now: NumericDate) -> Problems {
    match read(tls, now) {
        Ok((_, problems)) | Err(problems) => problems,
    }
}

/// The pair and its weaknesses, or everything that keeps it from being used.
pub(super) fn read(tls: &Tls, now: NumericDate) -> Result<(Pair, Problems), Problems> {
    let mut problems = Problems::default();
    let chain = told(chain(&tls.certificate), &mut problems);
    let key = told(key(&tls.key, &mut problems), &mut problems);
    let (Some(chain), Some(key)) = (chain, key) else { return Err(problems) };
    let Some(ends) = judge_certificate(tls, &chain, now, &mut problems) else { return Err(problems) };
    let certified = match CertifiedKey::from_der(chain, key, &provider()) {
        Ok(certified) => Some(certified),
        Err(error) => {
            problems.append(unfit(tls, &error));
            None
        }
    };
    problems.sort();
    match certified {
        Some(certified) if !problems.has_errors() => {
            Ok((Pair { certified: Arc::new(certified), ends }, problems))
        }
        _ => Err(problems),
    }
}

impl Pair {
    /// What new connections are served with.
    pub(super) fn config(&self) -> Result<ServerConfig, Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(self.certified.clone())));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Whether it is the same certificate and chain.
    pub(super) fn has_certificate_of(&self, other: &Self) -> bool {
        self.certified.cert == other.certified.cert
    }
}

fn provider() -> CryptoProvider {
    ring::default_provider()
}

fn told<T>(found: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    found.map_err(|found| problems.append(found)).ok()
}

/// The certificates of a file, in their order.
fn chain(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, Problems> {
    let bytes = bytes(file, CERTIFICATE)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let (says, mend) = match chain {
        Ok(chain) if !chain.is_empty() => return Ok(chain),
        Ok(_) => (
            "holds no certificate in PEM",
            "name the file that begins with -----BEGIN CERTIFICATE-----; certbot calls it fullchain.pem",
        ),
        Err(_) => {
            ("is not whole PEM", "write the file anew: the certificate first, then those of its issuers")
        }
    };
    Err(error("bad_certificate", CERTIFICATE, file, says, mend))
}

/// The private key of a file: PKCS#8, PKCS#1 or SEC1.
fn key(file: &PemFile, problems: &mut Problems) -> Result<PrivateKeyDer<'static>, Problems> {
    let bytes = bytes(file, KEY)?;
    if readable_by_all(&file.path) {
        problems.push(
            Problem::warning("readable_by_all", KEY)
                .at(&place(&file.origin))
                .says(format!("everyone on this machine can read the private key {}", file.path.display()))
                .mend("make a new key, and let Signet's group alone read it: chmod 0640"),
        );
    }
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        let (says, mend) = if bytes.windows(9).any(|word| word == b"ENCRYPTED") {
            ("holds an encrypted key", "decrypt it with `openssl pkey -in OLD -out NEW`")
        } else {
            (
                "holds no private key in PEM",
                "name the file that begins with -----BEGIN PRIVATE KEY-----; certbot calls it privkey.pem",
            )
        };
        error("bad_key", KEY, file, says, mend)
    })
}

fn bytes(file: &PemFile, option: &str) -> Result<Zeroizing<Vec<u8>>, Problems> {
    let says = match read_file(&file.path, MAX_BYTES) {
        Ok(bytes) => return Ok(Zeroizing::new(bytes)),
        Err(error) => format!("cannot be read: {error}"),
    };
    let mend = "correct the path, and let the user Signet runs as read the file and its folders";
    Err(error("unreadable_file", option, file, &says, mend))
}

fn readable_by_all(path: &Path) -> bool {
    let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode());
    mode.is_ok_and(|mode| mode & 0o004 != 0)
}

/// What there is to say of the certificate by itself; gives its end. One that has ended is a warning: at a restart in
/// the night people with a warning in their browser are better off than people without a sign-in, and the renewed
/// file takes effect by itself once Signet runs.
fn judge_certificate(
    tls: &Tls,
    chain: &[CertificateDer<'static>],
    now: NumericDate,
    problems: &mut Problems,
) -> Option<NumericDate> {
    let file = &tls.certificate;
    let leaf = chain.first()?;
    let Some((begins, ends)) = certificate_validity(leaf) else {
        let mend = "write the file anew: the certificate first, then those of its issuers";
        let says = "begins with a certificate that cannot be read";
        problems.append(error("bad_certificate", CERTIFICATE, file, says, mend));
        return None;
    };
    if let Some(says) = end_in_words(ends, now) {
        problems.push(
            warning(if ends < now { "expired" } else { "expires_soon" }, file)
                .says(says)
                .mend("renew it; a renewed file takes effect without a restart"),
        );
    } else if begins > now {
        problems.push(
            warning("not_yet_valid", file)
                .says("the certificate is not valid yet, so browsers refuse the connection")
                .mend("look at the clock of this machine, or use the former certificate"),
        );
    }
    let parsed = ParsedCertificate::try_from(leaf).ok();
    for host in &tls.hosts {
        let name = ServerName::try_from(host.trim_matches(['[', ']'])).ok();
        let covered = parsed
            .as_ref()
            .zip(name.as_ref())
            .is_some_and(|(certificate, name)| verify_server_name(certificate, name).is_ok());
        if !covered {
            problems.push(
                warning("other_host", file)
                    .says(format!("the certificate does not name {host}, the host of an issuer: browsers refuse the connection"))
                    .mend("have a certificate made whose subjectAltName holds every issuer's host"),
            );
        }
    }
    Some(ends)
}

/// That a certificate has ended, or ends soon.
pub(super) fn end_in_words(ends: NumericDate, now: NumericDate) -> Option<String> {
    let left = ends - now;
    let days = match left.abs() / 86_400 {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    if left < 0 {
        Some(format!("THE CERTIFICATE ENDED {days} ago: browsers and applications refuse the connection"))
    } else if left < ENDS_SOON {
        Some(format!("the certificate ends in {days}"))
    } else {
        None
    }
}

/// Why certificate and key cannot be used together.
fn unfit(tls: &Tls, why: &Error) -> Problems {
    match why {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            let certificate = tls.certificate.path.display();
            let says = format!("does not belong to the first certificate of {certificate}");
            let mend = "name the two files that were made together; the server's own certificate comes first";
            error("another_key", KEY, &tls.key, &says, mend)
        }
        Error::InvalidCertificate(_) => {
            let says = "begins with a certificate that cannot be used";
            let mend = "use an X.509 version 3 certificate";
            error("bad_certificate", CERTIFICATE, &tls.certificate, says, mend)
        }
        _ => {
            let says = "holds a key that cannot be used";
            let mend = "use an RSA key of 2048 to 8192 bits, an EC key on P-256 or P-384, or an Ed25519 key";
            error("bad_key", KEY, &tls.key, says, mend)
        }
    }
}

/// What is wrong with a file.
fn error(code: &'static str, option: &str, file: &PemFile, says: &str, mend: &str) -> Problems {
    let problem = Problem::error(code, option).at(&place(&file.origin));
    problem.says(format!("{} {says}", file.path.display())).mend(mend).into()
}

fn warning(code: &'static str, file: &PemFile) -> Problem {
    Problem::warning(code, CERTIFICATE).at(&place(&file.origin))
}

fn place(origin: &Origin) -> Location {
    match origin {
        Origin::File { file, line, column } => {
            Location { file: Arc::clone(file), line: *line, column: *column }
        }
        other => Location::whole(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_spoken_of_two_weeks_before() {
        const DAY: Seconds = 86_400;
        let words = |left: Seconds| end_in_words(1_700_000_000 + left, 1_700_000_000);
        assert_eq!(words(ENDS_SOON), None);
        assert_eq!(words(ENDS_SOON - 1).as_deref(), Some("the certificate ends in 13 days"));
        assert_eq!(words(DAY).as_deref(), Some("the certificate ends in 1 day"));
        assert_eq!(words(1).as_deref(), Some("the certificate ends in less than a day"));
        assert!(words(-2 * DAY).is_some_and(|words| words.starts_with("THE CERTIFICATE ENDED 2 days ago")));
    }
}
