//! Keys for tests, made once per run.

use std::sync::LazyLock;

use super::generate::{Curve, generate_ecdsa_pem, generate_rsa_pem};
use super::key::{KeyOptions, SigningKey};

static RSA: LazyLock<String> = LazyLock::new(|| generate_rsa_pem(2048).unwrap().private.to_string());
static P256: LazyLock<String> =
    LazyLock::new(|| generate_ecdsa_pem(Curve::P256).unwrap().private.to_string());
static P384: LazyLock<String> =
    LazyLock::new(|| generate_ecdsa_pem(Curve::P384).unwrap().private.to_string());
static P521: LazyLock<String> =
    LazyLock::new(|| generate_ecdsa_pem(Curve::P521).unwrap().private.to_string());

pub(crate) fn rsa_pem() -> &'static str {
    &RSA
}

pub(crate) fn rsa() -> SigningKey {
    SigningKey::from_pem(&RSA, &KeyOptions::at(0)).unwrap()
}

pub(crate) fn p256() -> SigningKey {
    SigningKey::from_pem(&P256, &KeyOptions::at(0)).unwrap()
}

pub(crate) fn p384() -> SigningKey {
    SigningKey::from_pem(&P384, &KeyOptions::at(0)).unwrap()
}

pub(crate) fn p521() -> SigningKey {
    SigningKey::from_pem(&P521, &KeyOptions::at(0)).unwrap()
}
