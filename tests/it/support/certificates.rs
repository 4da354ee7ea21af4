//! A certificate authority of the tests, and what it signs.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};

const DAY: i64 = 86_400;

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    RsaPkcs1,
    RsaPkcs8,
    EcSec1,
    EcPkcs8,
    /// On a curve that few can use.
    P521,
}

/// An authority that signs through an intermediate.
pub struct Authority {
    root: X509,
    intermediate: X509,
    key: PKey<Private>,
}

/// A certificate with its chain, and its key.
#[derive(Clone)]
pub struct Made {
    /// The certificate and the intermediate, PEM.
    pub chain: String,
    pub key: String,
    /// The certificate alone.
    pub leaf: X509,
}

impl Authority {
    pub fn new() -> Self {
        let (root_key, key) = (ec(Nid::X9_62_PRIME256V1), ec(Nid::X9_62_PRIME256V1));
        let root = certificate("root", &root_key, None, &[], -DAY, 1000 * DAY);
        let intermediate = certificate("intermediate", &key, Some((&root, &root_key)), &[], -DAY, 1000 * DAY);
        Self { root, intermediate, key }
    }

    /// What clients trust, PEM.
    pub fn root(&self) -> Vec<u8> {
        self.root.to_pem().unwrap()
    }

    /// For a host, valid for 90 days.
    pub fn made(&self, host: &str) -> Made {
        self.made_as(host, KeyForm::EcPkcs8, 90 * DAY)
    }

    /// The same with a form of its key, and seconds until it ends (counted from now, or back).
    pub fn made_as(&self, host: &str, form: KeyForm, ends_in: i64) -> Made {
        let key = match form {
            KeyForm::RsaPkcs1 | KeyForm::RsaPkcs8 => PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
            KeyForm::EcSec1 => ec(Nid::SECP384R1),
            KeyForm::EcPkcs8 => ec(Nid::X9_62_PRIME256V1),
            KeyForm::P521 => ec(Nid::SECP521R1),
        };
        let issuer = Some((&self.intermediate, &self.key));
        let leaf = certificate("leaf", &key, issuer, &[host], ends_in.min(0) - 2 * DAY, ends_in);
        let text = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
        let pem = match form {
            KeyForm::RsaPkcs1 => key.rsa().unwrap().private_key_to_pem().unwrap(),
            KeyForm::EcSec1 => key.ec_key().unwrap().private_key_to_pem().unwrap(),
            _ => key.private_key_to_pem_pkcs8().unwrap(),
        };
        let chain = text(leaf.to_pem().unwrap()) + &text(self.intermediate.to_pem().unwrap());
        Made { chain, key: text(pem), leaf }
    }
}

fn ec(curve: Nid) -> PKey<Private> {
    PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap()
}

fn certificate(
    name: &str,
    key: &PKey<Private>,
    issuer: Option<(&X509, &PKey<Private>)>,
    hosts: &[&str],
    from: i64,
    until: i64,
) -> X509 {
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let now = signet::clock::Clock::system().now();
    let at = |seconds: i64| Asn1Time::from_unix(now + seconds).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, MsbOption::MAYBE_ZERO, false).unwrap();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&*subject, |(issuer, _)| issuer.subject_name())).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&at(from)).unwrap();
    builder.set_not_after(&at(until)).unwrap();
    if hosts.is_empty() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else {
        let mut names = SubjectAlternativeName::new();
        for host in hosts {
            match host.parse::<std::net::IpAddr>() {
                Ok(_) => names.ip(host),
                Err(_) => names.dns(host),
            };
        }
        let names = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
    }
    builder.sign(issuer.map_or(key, |(_, key)| key), MessageDigest::sha256()).unwrap();
    builder.build()
}
