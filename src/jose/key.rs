//! One key that signs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jws::{JwsSigner, JwsVerifier};
use openssl::bn::BigNumContext;
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKeyRef, Private};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::algorithm::{KeyType, SignatureAlgorithm, signature_fits};
use super::compact::signing_input;
use super::thumbprint::thumbprint;
use super::{certificate, pem};

mod problem;
mod state;

pub use problem::KeyProblem;
pub use state::KeyState;

/// The smallest RSA key that is taken, in bits (RFC 7518 §3.3).
const SMALLEST_RSA: u32 = 2048;
/// RSA keys beyond this many bits take several milliseconds for one operation.
pub(super) const LIGHT_RSA: u32 = 3072;

/// Why a token was not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignProblem {
    /// The claims make no JSON object.
    #[error("the claims make no JSON object")]
    Claims,
    /// The library failed.
    #[error("the signature could not be made")]
    Signature,
}

/// What is configured beside a key: one that signs, or one that decrypts with a `JweAlgorithm`.
#[derive(Clone, Copy, Debug)]
pub struct KeyOptions<'t, A = SignatureAlgorithm> {
    /// `kid`; made from the thumbprint when absent.
    pub key_id: Option<&'t str>,
    /// `alg`; made from the key when absent.
    pub algorithm: Option<A>,
    /// Where it is in its life.
    pub state: KeyState,
    /// Certificates in PEM, the key's own first.
    pub certificate_chain: Option<&'t str>,
    /// The time at which the certificates must be valid, in seconds since the epoch.
    pub now: i64,
}

impl<A> KeyOptions<'_, A> {
    /// No options, at a time.
    #[must_use]
    pub const fn at(now: i64) -> Self {
        Self { key_id: None, algorithm: None, state: KeyState::Sign, certificate_chain: None, now }
    }
}

/// A private key that is ready to sign with one algorithm, whether its state lets it or not.
pub struct SigningKey {
    kid: String,
    algorithm: SignatureAlgorithm,
    state: KeyState,
    heavy: bool,
    signer: Box<dyn JwsSigner>,
    verifier: Box<dyn JwsVerifier>,
    public_jwk: Value,
}

impl SigningKey {
    /// Reads a key from PEM (PKCS #1, PKCS #8 or SEC 1) and makes it ready.
    ///
    /// # Errors
    /// A [`KeyProblem`] that says what is there instead and never shows it.
    pub fn from_pem(pem: &str, options: &KeyOptions<'_>) -> Result<Self, KeyProblem> {
        let key = pem::private_key(pem)?;
        let (jwk, default, family) = public_members(&key)?;
        let algorithm = options.algorithm.unwrap_or(default);
        fits(algorithm, default, family)?;
        let (kid, public_jwk) = published(jwk, &key, ("sig", algorithm.as_str()), options)?;
        let pkcs8 = zeroize::Zeroizing::new(key.private_key_to_pkcs8().map_err(|_| KeyProblem::Damaged)?);
        let spki = key.public_key_to_der().map_err(|_| KeyProblem::Damaged)?;
        let signer = algorithm.signer(&pkcs8).ok_or(KeyProblem::Damaged)?;
        let verifier = algorithm.verifier(&spki).ok_or(KeyProblem::Damaged)?;
        let heavy = algorithm.key_type() == KeyType::Rsa && key.bits() > LIGHT_RSA;
        let ready = Self { kid, algorithm, state: options.state, heavy, signer, verifier, public_jwk };
        let probe = ready.signer.sign(b"probe").map_err(|_| KeyProblem::Inconsistent)?;
        if ready.verifies(b"probe", &probe) { Ok(ready) } else { Err(KeyProblem::Inconsistent) }
    }

    /// The key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm this key signs with.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Where it is in its life.
    #[must_use]
    pub const fn state(&self) -> KeyState {
        self.state
    }

    /// Whether it signs new tokens.
    #[must_use]
    pub fn signs(&self) -> bool {
        self.state == KeyState::Sign
    }

    /// Whether one signature takes several milliseconds of processor time.
    #[must_use]
    pub const fn is_heavy(&self) -> bool {
        self.heavy
    }

    /// The public key as JWK (RFC 7517 §4) with `kid`, `use`, `alg`, and `x5c`, `x5t`, `x5t#S256` when it has
    /// certificates.
    #[must_use]
    pub const fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    /// Signs claims: a JWS in compact serialization with `alg`, `kid` and `typ` in its header (RFC 7515 §7.1).
    /// An RSA signature takes about a millisecond of processor time.
    ///
    /// # Errors
    /// [`SignProblem`].
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignProblem> {
        self.signed(&json!({ "alg": self.algorithm.as_str(), "kid": self.kid, "typ": typ }), claims)
    }

    /// The same without `kid`, for a reader who knows the key by no name of ours.
    ///
    /// # Errors
    /// [`SignProblem`].
    pub fn sign_without_kid(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignProblem> {
        self.signed(&json!({ "alg": self.algorithm.as_str(), "typ": typ }), claims)
    }

    fn signed(&self, header: &Value, claims: &impl Serialize) -> Result<String, SignProblem> {
        let mut token = signing_input(header, claims)?;
        let signature = self.signer.sign(token.as_bytes()).map_err(|_| SignProblem::Signature)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Whether this key has made `signature` over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        signature_fits(&*self.verifier, self.algorithm, message, signature)
    }

    #[cfg(test)]
    pub(super) fn raw_signature(&self, message: &[u8]) -> Vec<u8> {
        self.signer.sign(message).unwrap()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {})", self.kid, self.algorithm)
    }
}

/// The members of the public key (RFC 7518 §6), the default algorithm and a name for the key.
pub(super) fn public_members<T: HasPublic>(
    key: &PKeyRef<T>,
) -> Result<(Map<String, Value>, SignatureAlgorithm, &'static str), KeyProblem> {
    let mut jwk = Map::new();
    if key.id() == Id::RSA {
        let rsa = key.rsa().map_err(|_| KeyProblem::Damaged)?;
        let bits = rsa.n().num_bits().unsigned_abs();
        if bits < SMALLEST_RSA {
            return Err(KeyProblem::TooSmall { bits });
        }
        // An exponent of 1 signs everything with itself.
        if rsa.e().num_bits() < 2 {
            return Err(KeyProblem::Inconsistent);
        }
        jwk.insert("kty".into(), "RSA".into());
        jwk.insert("n".into(), URL_SAFE_NO_PAD.encode(rsa.n().to_vec()).into());
        jwk.insert("e".into(), URL_SAFE_NO_PAD.encode(rsa.e().to_vec()).into());
        return Ok((jwk, SignatureAlgorithm::Rs256, "RSA"));
    }
    let ec = key.ec_key().map_err(|_| KeyProblem::Damaged)?;
    let (curve, length, algorithm) = match ec.group().curve_name() {
        Some(Nid::X9_62_PRIME256V1) => ("P-256", 32, SignatureAlgorithm::Es256),
        Some(Nid::SECP384R1) => ("P-384", 48, SignatureAlgorithm::Es384),
        Some(Nid::SECP521R1) => ("P-521", 66, SignatureAlgorithm::Es512),
        _ => return Err(KeyProblem::UnsupportedCurve),
    };
    let coordinates = || {
        let mut context = BigNumContext::new()?;
        let (mut x, mut y) = (openssl::bn::BigNum::new()?, openssl::bn::BigNum::new()?);
        ec.public_key().affine_coordinates(ec.group(), &mut x, &mut y, &mut context)?;
        Ok::<_, openssl::error::ErrorStack>((x.to_vec_padded(length)?, y.to_vec_padded(length)?))
    };
    let (x, y) = coordinates().map_err(|_| KeyProblem::Damaged)?;
    jwk.insert("kty".into(), "EC".into());
    jwk.insert("crv".into(), curve.into());
    jwk.insert("x".into(), URL_SAFE_NO_PAD.encode(x).into());
    jwk.insert("y".into(), URL_SAFE_NO_PAD.encode(y).into());
    Ok((jwk, algorithm, curve))
}

/// Whether a key signs with an algorithm; `default` and `family` are those of the key.
pub(super) fn fits(
    algorithm: SignatureAlgorithm,
    default: SignatureAlgorithm,
    family: &'static str,
) -> Result<(), KeyProblem> {
    let fits = match default.key_type() {
        KeyType::Rsa => algorithm.key_type() == KeyType::Rsa,
        KeyType::Ec => algorithm == default,
    };
    if fits { Ok(()) } else { Err(KeyProblem::AlgorithmMismatch { algorithm, key: family }) }
}

/// The key id of a key, and its public JWK with `kid`, its use and algorithm, and its certificates.
pub(super) fn published<A>(
    mut jwk: Map<String, Value>,
    key: &PKeyRef<Private>,
    (used, algorithm): (&str, &str),
    options: &KeyOptions<'_, A>,
) -> Result<(String, Value), KeyProblem> {
    let kid = match options.key_id {
        Some(kid) if is_key_id(kid) => kid.to_owned(),
        Some(_) => return Err(KeyProblem::KeyId),
        None => default_kid(&jwk, algorithm)?,
    };
    jwk.insert("use".into(), used.into());
    jwk.insert("alg".into(), algorithm.into());
    jwk.insert("kid".into(), kid.as_str().into());
    if let Some(chain) = options.certificate_chain {
        certificate::publish(&mut jwk, chain, key, options.now)?;
    }
    Ok((kid, Value::Object(jwk)))
}

/// The first 7 hex digits of the thumbprint, `-`, the algorithm in lower case with `.` for `+`.
pub(super) fn default_kid(jwk: &Map<String, Value>, algorithm: &str) -> Result<String, KeyProblem> {
    let thumbprint = thumbprint(&Value::Object(jwk.clone())).ok_or(KeyProblem::Damaged)?;
    let hex: String = thumbprint.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let hex: String = hex.chars().take(7).collect();
    Ok(format!("{hex}-{}", algorithm.to_ascii_lowercase().replace('+', ".")))
}

/// `^[a-zA-Z0-9](([a-zA-Z0-9._~-]*)([a-zA-Z0-9]))?$`, at most 100 characters.
pub(super) fn is_key_id(kid: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    let bytes = kid.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
        && bytes.len() <= 100
        && bytes.iter().all(|byte| inner(*byte))
}

#[cfg(test)]
mod tests;
