//! Which key a PEM text holds (RFC 7468), told precisely when it holds none.

use openssl::pkey::{Id, PKey, Private, Public};

use super::key::KeyProblem;

/// One `-----BEGIN …-----` block.
struct Block<'t> {
    label: &'t str,
    text: &'t str,
}

/// Reads the one private key of a text: PKCS #1, PKCS #8 or SEC 1.
pub(super) fn private_key(pem: &str) -> Result<PKey<Private>, KeyProblem> {
    let mut keys = Vec::new();
    for block in blocks(pem)? {
        match block.label {
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => keys.push(block),
            // `openssl ecparam -genkey` writes the curve in front of the key.
            "EC PARAMETERS" => {}
            "ENCRYPTED PRIVATE KEY" => return Err(KeyProblem::Encrypted),
            "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
                return Err(KeyProblem::Certificate);
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(KeyProblem::PublicKey),
            "OPENSSH PRIVATE KEY" => return Err(KeyProblem::OpenSsh),
            _ => return Err(KeyProblem::UnknownBlock),
        }
    }
    let mut keys = keys.into_iter();
    let block = keys.next().ok_or(KeyProblem::NotPem)?;
    if keys.next().is_some() {
        return Err(KeyProblem::MoreThanOne);
    }
    if block.text.contains("ENCRYPTED") {
        return Err(KeyProblem::Encrypted);
    }
    // With an empty passphrase at hand OpenSSL never asks at the terminal.
    let key =
        PKey::private_key_from_pem_passphrase(block.text.as_bytes(), &[]).map_err(|_| KeyProblem::Damaged)?;
    supported(key.id()).map(|()| key)
}

/// Reads the one public key of a text: PKCS #1 or SubjectPublicKeyInfo.
pub(super) fn public_key(pem: &str) -> Result<PKey<Public>, KeyProblem> {
    let blocks = blocks(pem)?;
    if blocks.iter().any(|block| block.label.ends_with("CERTIFICATE")) {
        return Err(KeyProblem::CertificateForPublic);
    }
    let [block] = blocks.as_slice() else {
        return Err(if blocks.is_empty() { KeyProblem::NotPublicPem } else { KeyProblem::MoreThanOnePublic });
    };
    let text = block.text.as_bytes();
    let key = match block.label {
        "PUBLIC KEY" => PKey::public_key_from_pem(text),
        "RSA PUBLIC KEY" => openssl::rsa::Rsa::public_key_from_pem_pkcs1(text).and_then(PKey::from_rsa),
        label if label.ends_with("PRIVATE KEY") => return Err(KeyProblem::PrivateKey),
        _ => return Err(KeyProblem::NotPublicPem),
    };
    let key = key.map_err(|_| KeyProblem::Damaged)?;
    supported(key.id()).map(|()| key)
}

fn supported(family: Id) -> Result<(), KeyProblem> {
    match family {
        Id::RSA | Id::EC => Ok(()),
        Id::RSA_PSS => Err(KeyProblem::UnsupportedKey { family: "RSASSA-PSS" }),
        Id::ED25519 => Err(KeyProblem::UnsupportedKey { family: "Ed25519" }),
        Id::ED448 => Err(KeyProblem::UnsupportedKey { family: "Ed448" }),
        Id::X25519 | Id::X448 => Err(KeyProblem::UnsupportedKey { family: "X25519 or X448" }),
        Id::DSA => Err(KeyProblem::UnsupportedKey { family: "DSA" }),
        _ => Err(KeyProblem::UnsupportedKey { family: "unknown" }),
    }
}

fn blocks(pem: &str) -> Result<Vec<Block<'_>>, KeyProblem> {
    let mut found = Vec::new();
    let mut rest = pem;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, _) = after.split_once("-----").ok_or(KeyProblem::Damaged)?;
        let end = format!("-----END {label}-----");
        let position = after.find(&end).ok_or(KeyProblem::Damaged)?;
        let (body, tail) = after.split_at_checked(position + end.len()).ok_or(KeyProblem::Damaged)?;
        let start = rest.len() - after.len() - "-----BEGIN ".len();
        let text = rest.get(start..start + "-----BEGIN ".len() + body.len()).ok_or(KeyProblem::Damaged)?;
        found.push(Block { label, text });
        rest = tail;
    }
    Ok(found)
}
