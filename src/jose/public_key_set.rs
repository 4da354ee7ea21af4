//! The public keys of a client: as its registration lists them, or as a JWK Set document that it serves.

use serde_json::Value;

use super::algorithm::SignatureAlgorithm;
use super::compact::Unverified;
use super::jwe_algorithm::JweAlgorithm;
use super::public_key::PublicKey;
use super::strict_json;

/// The longest JWK Set document that is read, in bytes.
pub const MAX_JWK_SET: usize = 64 * 1024;
/// The most keys in one document.
pub const MAX_KEYS: usize = 64;

/// Members that only the owner of a key may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a document is no set of public keys. Carries nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetProblem {
    /// Longer than [`MAX_JWK_SET`].
    #[error("the document is longer than {MAX_JWK_SET} bytes")]
    TooLong,
    /// No JSON object, a member twice, or nested too deep.
    #[error("the document is no JSON object, holds a member twice or is nested too deep")]
    Json,
    /// `keys` is missing, or no list of objects (RFC 7517 §5.1).
    #[error("the document lacks `keys`, a list of keys")]
    Keys,
    /// More than [`MAX_KEYS`] keys.
    #[error("the document holds more than {MAX_KEYS} keys")]
    TooMany,
    /// A private key or a secret, which everyone who fetches the document knows by now.
    #[error("the document holds a private key or a secret; it is not used until that is replaced")]
    Private,
}

/// Why a signature is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureProblem {
    /// `alg` is not the algorithm that was agreed on (RFC 8725 §3.1).
    #[error("`alg` is not the registered algorithm")]
    Algorithm,
    /// No key has the `kid`, is for signing and fits the algorithm.
    #[error("no registered key that signs with this algorithm has the `kid`")]
    UnknownKey,
    /// Several keys could be meant.
    #[error("several registered keys could be meant; the header must name one by its `kid`")]
    SeveralKeys,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
}

/// Public keys, in the order in which they were listed.
#[derive(Debug, Default)]
pub struct PublicKeySet {
    keys: Vec<PublicKey>,
}

impl PublicKeySet {
    /// Joins keys.
    #[must_use]
    pub const fn new(keys: Vec<PublicKey>) -> Self {
        Self { keys }
    }

    /// Reads a JWK Set document (RFC 7517 §5). Keys of a kind, size or use that is not taken here are left out, as
    /// RFC 7517 §5 wants it; a document with a private key in it is refused whole.
    ///
    /// # Errors
    /// The first [`JwkSetProblem`] found.
    pub fn from_json(document: &[u8]) -> Result<Self, JwkSetProblem> {
        if document.len() > MAX_JWK_SET {
            return Err(JwkSetProblem::TooLong);
        }
        let document = strict_json::object(document).ok_or(JwkSetProblem::Json)?;
        let listed = document.get("keys").and_then(Value::as_array).ok_or(JwkSetProblem::Keys)?;
        if listed.len() > MAX_KEYS {
            return Err(JwkSetProblem::TooMany);
        }
        let jwks: Option<Vec<_>> = listed.iter().map(Value::as_object).collect();
        let jwks = jwks.ok_or(JwkSetProblem::Keys)?;
        if jwks.iter().any(|jwk| PRIVATE.iter().any(|member| jwk.contains_key(*member))) {
            return Err(JwkSetProblem::Private);
        }
        Ok(Self { keys: jwks.into_iter().filter_map(PublicKey::from_jwk).collect() })
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The key to encrypt to by an algorithm: the one of a `kid` where one is named, otherwise the first that fits.
    #[must_use]
    pub fn encryption_key(&self, algorithm: JweAlgorithm, kid: Option<&str>) -> Option<&PublicKey> {
        let named = |key: &&PublicKey| kid.is_none_or(|kid| key.kid() == Some(kid));
        self.keys.iter().filter(named).find(|key| key.encrypts_with(algorithm))
    }

    /// Checks the signature of a token against the one key that it can be of: the one of its `kid`, or the only one that
    /// fits when it names none. An RSA verification takes tens of microseconds of processor time.
    ///
    /// # Errors
    /// The first [`SignatureProblem`] found.
    pub fn verify(
        &self,
        token: &Unverified<'_>,
        algorithm: SignatureAlgorithm,
    ) -> Result<(), SignatureProblem> {
        if token.algorithm() != algorithm.as_str() {
            return Err(SignatureProblem::Algorithm);
        }
        let named = |key: &&PublicKey| token.key_id().is_none_or(|kid| key.kid() == Some(kid));
        let mut fit = self.keys.iter().filter(named).filter(|key| key.signs_with(algorithm));
        let key = fit.next().ok_or(SignatureProblem::UnknownKey)?;
        if fit.next().is_some() {
            return Err(SignatureProblem::SeveralKeys);
        }
        if key.verifies(algorithm, token.signing_input.as_bytes(), &token.signature) {
            Ok(())
        } else {
            Err(SignatureProblem::Signature)
        }
    }
}

#[cfg(test)]
mod tests;
