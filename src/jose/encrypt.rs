//! Encrypting what is signed (RFC 7516; nested as RFC 7519 §2 and RFC 7518 §4 say).

use std::fmt;
use std::sync::LazyLock;

use josekit::jwe::{self, JweContext, JweEncrypter, JweHeader};
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::jwe_algorithm::{ContentEncryption, JweAlgorithm};

/// Without it no library compresses or inflates anything here (RFC 8725 §3.6).
static CONTEXT: LazyLock<JweContext> = LazyLock::new(|| {
    let mut context = JweContext::new();
    context.remove_compression("DEF");
    context
});

/// Why nothing was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptProblem {
    /// The key is of another family, or too small.
    #[error("the key does not fit {algorithm}")]
    Key {
        /// The algorithm asked for.
        algorithm: JweAlgorithm,
    },
    /// The library failed.
    #[error("the token could not be encrypted")]
    Library,
}

/// One way to encrypt: an algorithm, a content encryption and the key of a reader. Made once for the life of the key.
pub struct Encrypter {
    algorithm: JweAlgorithm,
    encryption: ContentEncryption,
    kid: Option<String>,
    handle: Box<dyn JweEncrypter>,
}

impl Encrypter {
    /// Encrypts to a public key, given as SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`EncryptProblem::Key`].
    pub fn to_public_key(
        algorithm: JweAlgorithm,
        encryption: ContentEncryption,
        spki: &[u8],
        kid: Option<&str>,
    ) -> Result<Self, EncryptProblem> {
        let unfit = EncryptProblem::Key { algorithm };
        let handle = to_key(algorithm, spki).ok_or(unfit)?;
        Ok(Self { algorithm, encryption, kid: kid.map(str::to_owned), handle })
    }

    /// Encrypts with a secret that the reader shares (OpenID Connect Core 1.0 §10.2).
    ///
    /// # Errors
    /// [`EncryptProblem::Key`] for an algorithm of key pairs.
    pub fn with_secret(
        algorithm: JweAlgorithm,
        encryption: ContentEncryption,
        secret: &[u8],
    ) -> Result<Self, EncryptProblem> {
        let key = key_of_secret(secret, algorithm.key_length(encryption));
        let handle: Option<Box<dyn JweEncrypter>> = match algorithm {
            JweAlgorithm::A128kw => boxed(jwe::A128KW.encrypter_from_bytes(&*key)),
            JweAlgorithm::A192kw => boxed(jwe::A192KW.encrypter_from_bytes(&*key)),
            JweAlgorithm::A256kw => boxed(jwe::A256KW.encrypter_from_bytes(&*key)),
            JweAlgorithm::A128gcmkw => boxed(jwe::A128GCMKW.encrypter_from_bytes(&*key)),
            JweAlgorithm::A192gcmkw => boxed(jwe::A192GCMKW.encrypter_from_bytes(&*key)),
            JweAlgorithm::A256gcmkw => boxed(jwe::A256GCMKW.encrypter_from_bytes(&*key)),
            JweAlgorithm::Dir => boxed(jwe::Dir.encrypter_from_bytes(&*key)),
            _ => None,
        };
        let handle = handle.ok_or(EncryptProblem::Key { algorithm })?;
        Ok(Self { algorithm, encryption, kid: None, handle })
    }

    /// `alg`.
    #[must_use]
    pub const fn algorithm(&self) -> JweAlgorithm {
        self.algorithm
    }

    /// `enc`.
    #[must_use]
    pub const fn encryption(&self) -> ContentEncryption {
        self.encryption
    }

    /// Encrypts a signed token: `cty` says that it is one (RFC 7519 §5.2), `typ` is that of the token within where it
    /// tells one kind from another (RFC 8725 §3.11), and `jti` may be repeated for readers that cannot look within
    /// (RFC 7519 §5.3).
    ///
    /// # Errors
    /// [`EncryptProblem::Library`].
    pub fn encrypt(
        &self,
        token: &str,
        typ: Option<&str>,
        id: Option<&str>,
    ) -> Result<String, EncryptProblem> {
        let mut header = JweHeader::new();
        header.set_content_encryption(self.encryption.as_str());
        header.set_content_type("JWT");
        if let Some(kid) = &self.kid {
            header.set_key_id(kid);
        }
        if let Some(typ) = typ {
            header.set_token_type(typ);
        }
        if let Some(id) = id {
            header.set_claim("jti", Some(id.into())).map_err(|_| EncryptProblem::Library)?;
        }
        CONTEXT
            .serialize_compact(token.as_bytes(), &header, self.handle.as_ref())
            .map_err(|_| EncryptProblem::Library)
    }
}

impl fmt::Debug for Encrypter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encrypter({}, {}, {:?})", self.algorithm, self.encryption, self.kid)
    }
}

fn to_key(algorithm: JweAlgorithm, spki: &[u8]) -> Option<Box<dyn JweEncrypter>> {
    match algorithm {
        JweAlgorithm::RsaOaep => boxed(jwe::RSA_OAEP.encrypter_from_der(spki)),
        JweAlgorithm::RsaOaep256 => boxed(jwe::RSA_OAEP_256.encrypter_from_der(spki)),
        JweAlgorithm::EcdhEs => boxed(jwe::ECDH_ES.encrypter_from_der(spki)),
        JweAlgorithm::EcdhEsA128kw => boxed(jwe::ECDH_ES_A128KW.encrypter_from_der(spki)),
        JweAlgorithm::EcdhEsA192kw => boxed(jwe::ECDH_ES_A192KW.encrypter_from_der(spki)),
        JweAlgorithm::EcdhEsA256kw => boxed(jwe::ECDH_ES_A256KW.encrypter_from_der(spki)),
        _ => None,
    }
}

fn boxed<E: JweEncrypter + 'static>(made: Result<E, josekit::JoseError>) -> Option<Box<dyn JweEncrypter>> {
    made.ok().map(|made| Box::new(made) as Box<dyn JweEncrypter>)
}

/// The key of a shared secret: the left part of its SHA-2 hash, of the shortest one that is long enough (OpenID Connect
/// Core 1.0 §10.2).
pub(super) fn key_of_secret(secret: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = match length {
        ..=32 => Sha256::digest(secret).to_vec(),
        33..=48 => Sha384::digest(secret).to_vec(),
        _ => Sha512::digest(secret).to_vec(),
    };
    key.truncate(length);
    Zeroizing::new(key)
}
