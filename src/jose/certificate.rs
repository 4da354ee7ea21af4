//! Certificate chains of keys: checked when the configuration is read, published with the key (RFC 7517 §4.7-4.9).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::hash::MessageDigest;
use openssl::pkey::{HasPublic, PKeyRef};
use openssl::x509::{X509, X509Ref, X509VerifyResult};
use serde_json::{Map, Value};

use super::key::KeyProblem;

/// Checks a chain against its key at the time `now` (seconds): the leaf is the key's own, each certificate is in date and
/// signed by the next.
pub(super) fn checked<T: HasPublic>(
    chain: &str,
    key: &PKeyRef<T>,
    now: i64,
) -> Result<Vec<X509>, KeyProblem> {
    let chain = X509::stack_from_pem(chain.as_bytes()).map_err(|_| KeyProblem::ChainUnreadable)?;
    let leaf = chain.first().ok_or(KeyProblem::ChainUnreadable)?;
    if !leaf.public_key().is_ok_and(|public| public.public_eq(key)) {
        return Err(KeyProblem::ChainOfAnotherKey);
    }
    let now = Asn1Time::from_unix(now).map_err(|_| KeyProblem::ChainUnreadable)?;
    for (position, certificate) in (1..).zip(&chain) {
        if certificate.not_before() > now.as_ref() {
            return Err(KeyProblem::ChainNotYetValid { position });
        }
        if certificate.not_after() < now.as_ref() {
            return Err(KeyProblem::ChainExpired { position });
        }
    }
    for (position, (certificate, issuer)) in (1..).zip(chain.iter().zip(chain.iter().skip(1))) {
        if !signed_by(certificate, issuer) {
            return Err(KeyProblem::ChainBroken { position });
        }
    }
    Ok(chain)
}

/// Checks a chain as [`checked`] does and adds `x5c`, `x5t` and `x5t#S256` to the key's JWK.
pub(super) fn publish<T: HasPublic>(
    jwk: &mut Map<String, Value>,
    chain: &str,
    key: &PKeyRef<T>,
    now: i64,
) -> Result<(), KeyProblem> {
    let chain = checked(chain, key, now)?;
    let leaf = chain.first().ok_or(KeyProblem::ChainUnreadable)?;
    let mut x5c = Vec::new();
    for certificate in &chain {
        let der = certificate.to_der().map_err(|_| KeyProblem::ChainUnreadable)?;
        x5c.push(Value::from(STANDARD.encode(der)));
    }
    jwk.insert("x5c".into(), Value::Array(x5c));
    for (name, hash) in [("x5t", MessageDigest::sha1()), ("x5t#S256", MessageDigest::sha256())] {
        let hash = leaf.digest(hash).map_err(|_| KeyProblem::ChainUnreadable)?;
        jwk.insert(name.into(), URL_SAFE_NO_PAD.encode(hash).into());
    }
    Ok(())
}

/// Every certificate of a text in PEM, each as PEM again, without whatever stands around them. None when there is none
/// or one of them is broken.
pub fn certificates_in_pem(text: &[u8]) -> Option<Vec<String>> {
    let certificates = X509::stack_from_pem(text).ok().filter(|certificates| !certificates.is_empty())?;
    certificates.iter().map(|each| String::from_utf8(each.to_pem().ok()?).ok()).collect()
}

/// From when until when a certificate in DER is valid (RFC 5280 §4.1.2.5), in seconds since the epoch. None when it is
/// no certificate.
pub fn certificate_validity(der: &[u8]) -> Option<(i64, i64)> {
    let certificate = X509::from_der(der).ok()?;
    let epoch = Asn1Time::from_unix(0).ok()?;
    let seconds = |time: &Asn1TimeRef| {
        let since = epoch.diff(time).ok()?;
        Some(i64::from(since.days) * 86_400 + i64::from(since.secs))
    };
    Some((seconds(certificate.not_before())?, seconds(certificate.not_after())?))
}

fn signed_by(certificate: &X509Ref, issuer: &X509Ref) -> bool {
    issuer.issued(certificate) == X509VerifyResult::OK
        && issuer.public_key().is_ok_and(|key| certificate.verify(&key).unwrap_or(false))
}
