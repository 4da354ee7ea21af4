//! Opening what others have encrypted to the provider, or with a secret that it shares.

use std::fmt;

use josekit::jwe::{self, JweDecrypter, JweHeader};
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use zeroize::Zeroizing;

use super::decryption_key::DecryptionKey;
use super::encrypt::key_of_secret;
use super::envelope::{self, Envelope, EnvelopeProblem};
use super::jwe_algorithm::{ContentEncryption, JweAlgorithm};
use super::keyset::KeySet;

/// Why an encrypted token was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptProblem {
    /// No encrypted token that is opened.
    #[error(transparent)]
    Envelope(#[from] EnvelopeProblem),
    /// `kid` names no key that decrypts, or is missing where several would fit.
    #[error("the token is encrypted to no key of this provider")]
    UnknownKey,
    /// `alg` is not the algorithm of the key (RFC 8725 §3.1), or `epk` lies on another curve.
    #[error("the token names another algorithm or curve than that of its key")]
    Algorithm,
    /// The key does not open it, or the tag does not fit: nobody learns which.
    #[error("the token cannot be decrypted")]
    Decryption,
    /// What is within is no signed token.
    #[error("the content of the token is no signed token")]
    Content,
}

/// What opens envelopes of one algorithm.
pub struct Decrypter {
    algorithm: JweAlgorithm,
    curve: Option<String>,
    /// The bytes of an encrypted key, for RSA.
    modulus: Option<usize>,
    handle: Box<dyn JweDecrypter>,
}

impl Decrypter {
    /// Opens what was encrypted with a secret that both sides know (OpenID Connect Core 1.0 §10.2). `None` for an
    /// algorithm of key pairs, and for `dir`, with which one secret would be the key of everything.
    #[must_use]
    pub fn with_secret(algorithm: JweAlgorithm, secret: &[u8]) -> Option<Self> {
        // The length is that of the algorithm; the content encryption plays no part in it.
        Self::of_shared_key(
            algorithm,
            &key_of_secret(secret, algorithm.key_length(ContentEncryption::A256gcm)),
        )
    }

    fn of_shared_key(algorithm: JweAlgorithm, key: &[u8]) -> Option<Self> {
        let handle = match algorithm {
            JweAlgorithm::A128kw => boxed(jwe::A128KW.decrypter_from_bytes(key)),
            JweAlgorithm::A192kw => boxed(jwe::A192KW.decrypter_from_bytes(key)),
            JweAlgorithm::A256kw => boxed(jwe::A256KW.decrypter_from_bytes(key)),
            JweAlgorithm::A128gcmkw => boxed(jwe::A128GCMKW.decrypter_from_bytes(key)),
            JweAlgorithm::A192gcmkw => boxed(jwe::A192GCMKW.decrypter_from_bytes(key)),
            JweAlgorithm::A256gcmkw => boxed(jwe::A256GCMKW.decrypter_from_bytes(key)),
            _ => None,
        }?;
        Some(Self { algorithm, curve: None, modulus: None, handle })
    }

    pub(super) fn of_key(
        algorithm: JweAlgorithm,
        pkcs8: &[u8],
        curve: Option<String>,
        modulus: Option<usize>,
    ) -> Option<Self> {
        let handle = match algorithm {
            JweAlgorithm::RsaOaep => boxed(jwe::RSA_OAEP.decrypter_from_der(pkcs8)),
            JweAlgorithm::RsaOaep256 => boxed(jwe::RSA_OAEP_256.decrypter_from_der(pkcs8)),
            JweAlgorithm::EcdhEs => boxed(jwe::ECDH_ES.decrypter_from_der(pkcs8)),
            JweAlgorithm::EcdhEsA128kw => boxed(jwe::ECDH_ES_A128KW.decrypter_from_der(pkcs8)),
            JweAlgorithm::EcdhEsA192kw => boxed(jwe::ECDH_ES_A192KW.decrypter_from_der(pkcs8)),
            JweAlgorithm::EcdhEsA256kw => boxed(jwe::ECDH_ES_A256KW.decrypter_from_der(pkcs8)),
            _ => None,
        }?;
        Some(Self { algorithm, curve, modulus, handle })
    }

    /// `alg`.
    #[must_use]
    pub const fn algorithm(&self) -> JweAlgorithm {
        self.algorithm
    }

    /// Opens a token and gives the signed one within.
    ///
    /// # Errors
    /// [`DecryptProblem`]; whatever is wrong with key, tag or padding is one and the same.
    pub fn open(&self, token: &str) -> Result<String, DecryptProblem> {
        self.open_envelope(&envelope::parse(token)?)
    }

    fn open_envelope(&self, envelope: &Envelope<'_>) -> Result<String, DecryptProblem> {
        if envelope.algorithm != self.algorithm || envelope.curve() != self.curve.as_deref() {
            return Err(DecryptProblem::Algorithm);
        }
        if self.modulus.is_some_and(|length| length != envelope.encrypted_key.len()) {
            return Err(DecryptProblem::Envelope(EnvelopeProblem::Length));
        }
        // RFC 7519 §5.2; a sender that leaves `cty` out can only mean the same.
        if envelope.content_type().is_some_and(|cty| !cty.eq_ignore_ascii_case("JWT")) {
            return Err(DecryptProblem::Content);
        }
        let key = self.content_key(envelope)?;
        let content = decrypted(envelope, &key).ok_or(DecryptProblem::Decryption)?;
        String::from_utf8(content).map_err(|_| DecryptProblem::Content)
    }

    /// The content encryption key. One that RSA does not yield is replaced by a random one, so that its failure looks
    /// and lasts like that of a wrong tag (RFC 7516 §11.5).
    fn content_key(&self, envelope: &Envelope<'_>) -> Result<Zeroizing<Vec<u8>>, DecryptProblem> {
        let header = JweHeader::from_map(envelope.header.clone()).map_err(|_| DecryptProblem::Decryption)?;
        let encrypted = Some(envelope.encrypted_key.as_slice()).filter(|key| !key.is_empty());
        let length = envelope.encryption.key_length();
        let opened = self.handle.decrypt(encrypted, envelope.encryption.handle(), &header);
        match opened {
            Ok(key) if key.len() == length => Ok(Zeroizing::new(key.into_owned())),
            _ if self.modulus.is_some() => {
                let mut random = Zeroizing::new(vec![0; length]);
                openssl::rand::rand_bytes(&mut random).map_err(|_| DecryptProblem::Decryption)?;
                Ok(random)
            }
            _ => Err(DecryptProblem::Decryption),
        }
    }
}

impl fmt::Debug for Decrypter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decrypter({})", self.algorithm)
    }
}

fn boxed<D: JweDecrypter + 'static>(made: Result<D, josekit::JoseError>) -> Option<Box<dyn JweDecrypter>> {
    made.ok().map(|made| Box::new(made) as Box<dyn JweDecrypter>)
}

/// The content, once its tag is known to fit: the library decrypts CBC first and checks the tag after it, which tells
/// wrong padding by the time it takes.
fn decrypted(envelope: &Envelope<'_>, key: &[u8]) -> Option<Vec<u8>> {
    if envelope.encryption.is_cbc() && !cbc_tag_fits(envelope, key) {
        return None;
    }
    let handle = envelope.encryption.handle();
    let (iv, tag) = (Some(envelope.iv.as_slice()), Some(envelope.tag.as_slice()));
    handle.decrypt(key, iv, &envelope.ciphertext, envelope.protected.as_bytes(), tag).ok()
}

/// RFC 7518 §5.2.2.1, compared in constant time.
fn cbc_tag_fits(envelope: &Envelope<'_>, key: &[u8]) -> bool {
    let digest = match envelope.encryption {
        ContentEncryption::A192cbcHs384 => MessageDigest::sha384(),
        ContentEncryption::A256cbcHs512 => MessageDigest::sha512(),
        _ => MessageDigest::sha256(),
    };
    let computed = || {
        let (mac_key, _) = key.split_at_checked(key.len() / 2)?;
        let mac_key = PKey::hmac(mac_key).ok()?;
        let mut signer = Signer::new(digest, &mac_key).ok()?;
        let aad = envelope.protected.as_bytes();
        let bits = u64::try_from(aad.len()).ok()?.checked_mul(8)?;
        for part in [aad, &envelope.iv, &envelope.ciphertext, &bits.to_be_bytes()] {
            signer.update(part).ok()?;
        }
        signer.sign_to_vec().ok()
    };
    let computed = computed().unwrap_or_default();
    computed
        .get(..envelope.encryption.tag_length())
        .is_some_and(|tag| tag.len() == envelope.tag.len() && openssl::memcmp::eq(tag, &envelope.tag))
}

impl KeySet {
    /// The key that a token is encrypted to: the one its `kid` names, or without `kid` the only one of its algorithm.
    ///
    /// # Errors
    /// [`DecryptProblem`].
    pub fn decryption_key(&self, token: &str) -> Result<&DecryptionKey, DecryptProblem> {
        let envelope = envelope::parse(token)?;
        let key = match envelope.key_id() {
            Some(kid) => self.decryption_keys().iter().find(|key| key.kid() == kid),
            None => {
                let mut fitting =
                    self.decryption_keys().iter().filter(|it| it.algorithm() == envelope.algorithm);
                fitting.next().filter(|_| fitting.next().is_none())
            }
        };
        key.ok_or(DecryptProblem::UnknownKey)
    }

    /// Opens a token that is encrypted to a key of this set and gives the signed one within. An RSA key takes about a
    /// millisecond of processor time.
    ///
    /// # Errors
    /// [`DecryptProblem`].
    pub fn decrypt(&self, token: &str) -> Result<String, DecryptProblem> {
        self.decryption_key(token)?.decrypter.open(token)
    }
}

#[cfg(test)]
mod tests;
