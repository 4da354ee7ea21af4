//! One key that opens what others encrypt to the provider.

use std::fmt;

use openssl::pkey::{PKeyRef, Private};
use serde_json::Value;
use zeroize::Zeroizing;

use super::algorithm::KeyType;
use super::decrypt::Decrypter;
use super::encrypt::Encrypter;
use super::jwe_algorithm::{ContentEncryption, JweAlgorithm};
use super::key::{KeyOptions, KeyProblem, KeyState, LIGHT_RSA, public_members, published};
use super::pem;

/// A private key of the provider that opens what is encrypted to it, by one algorithm.
pub struct DecryptionKey {
    kid: String,
    state: KeyState,
    heavy: bool,
    pub(super) decrypter: Decrypter,
    public_jwk: Value,
}

impl DecryptionKey {
    /// Reads a key from PEM (PKCS #1, PKCS #8 or SEC 1) and makes it ready.
    ///
    /// # Errors
    /// A [`KeyProblem`] that says what is there instead and never shows it.
    pub fn from_pem(pem: &str, options: &KeyOptions<'_, JweAlgorithm>) -> Result<Self, KeyProblem> {
        let key = pem::private_key(pem)?;
        let (jwk, default, family) = public_members(&key)?;
        let algorithm = options.algorithm.unwrap_or(JweAlgorithm::default_of(default.key_type()));
        if algorithm.key_type() != Some(default.key_type()) {
            return Err(KeyProblem::EncryptionMismatch { algorithm, key: family });
        }
        let curve = jwk.get("crv").and_then(Value::as_str).map(str::to_owned);
        let (kid, public_jwk) = published(jwk, &key, ("enc", algorithm.as_str()), options)?;
        let decrypter = decrypter(&key, algorithm, curve)?;
        let heavy = default.key_type() == KeyType::Rsa && key.bits() > LIGHT_RSA;
        Ok(Self { kid, state: options.state, heavy, decrypter, public_jwk })
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm it decrypts.
    #[must_use]
    pub const fn algorithm(&self) -> JweAlgorithm {
        self.decrypter.algorithm()
    }

    /// Whether it stands in the JWK Set.
    #[must_use]
    pub fn published(&self) -> bool {
        self.state != KeyState::Retire
    }

    /// Whether one use takes several milliseconds of processor time.
    #[must_use]
    pub const fn is_heavy(&self) -> bool {
        self.heavy
    }

    /// The public key as JWK with `kid`, `use` and `alg`, and its certificates.
    #[must_use]
    pub const fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptionKey({}, {})", self.kid, self.algorithm())
    }
}

/// Makes a key ready, and tries it once: what is encrypted to its public half it must open.
fn decrypter(
    key: &PKeyRef<Private>,
    algorithm: JweAlgorithm,
    curve: Option<String>,
) -> Result<Decrypter, KeyProblem> {
    let pkcs8 = Zeroizing::new(key.private_key_to_pkcs8().map_err(|_| KeyProblem::Damaged)?);
    let modulus = algorithm.key_type().filter(|it| *it == KeyType::Rsa).map(|_| key.size());
    let ready = Decrypter::of_key(algorithm, &pkcs8, curve, modulus).ok_or(KeyProblem::Damaged)?;
    let spki = key.public_key_to_der().map_err(|_| KeyProblem::Damaged)?;
    let probe = Encrypter::to_public_key(algorithm, ContentEncryption::A128gcm, &spki, None)
        .and_then(|encrypter| encrypter.encrypt("probe", None, None))
        .map_err(|_| KeyProblem::Inconsistent)?;
    if ready.open(&probe).is_ok_and(|opened| opened == "probe") {
        Ok(ready)
    } else {
        Err(KeyProblem::Inconsistent)
    }
}
