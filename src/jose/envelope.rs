//! The one parser of encrypted tokens: JWE compact serialization (RFC 7516 §7.1), read strictly before any key is used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::KeyType;
use super::jwe_algorithm::{ContentEncryption, JweAlgorithm, unsafe_jwe_algorithm};
use super::strict_json;

/// The longest encrypted token that is read, in bytes: one that holds the longest signed one.
pub const MAX_ENVELOPE: usize = 24 * 1024;
/// The longest text of `apu` and `apv`: they are hashed with the key (RFC 7518 §4.6.1).
const LONGEST_PARTY: usize = 256;

/// Why a text is no encrypted token that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeProblem {
    /// Longer than [`MAX_ENVELOPE`].
    #[error("the encrypted token is longer than {MAX_ENVELOPE} bytes")]
    TooLong,
    /// Not exactly five parts.
    #[error("the encrypted token does not consist of five parts")]
    Parts,
    /// A part that is not base64url without padding and spare bits.
    #[error("a part of the encrypted token is not base64url without padding")]
    Encoding,
    /// A header that is no JSON object, or holds a member twice, or is nested too deep.
    #[error("the header is no JSON object, holds a member twice or is nested too deep")]
    Json,
    /// `alg` or `enc` is missing, or a member has the wrong type.
    #[error("the header lacks `alg` or `enc`, or one of its members has the wrong type")]
    Header,
    /// An algorithm that is never used (RFC 8725 §3.2).
    #[error("the algorithm is not safe to use: RSA1_5, PBES2 and dir are refused")]
    UnsafeAlgorithm,
    /// An algorithm that nobody knows here.
    #[error("the header names an algorithm that is not known")]
    UnknownAlgorithm,
    /// `zip`: a short token would become a long one (RFC 8725 §3.6).
    #[error("compressed content (`zip`) is not read")]
    Compressed,
    /// `crit`, `b64`, `p2c` and their like.
    #[error("the header asks for an extension (`crit`, `b64`, `p2s` or `p2c`)")]
    Extension,
    /// A key, or where to fetch one (`jwk`, `jku`, `x5u`, `x5c`).
    #[error("the header brings a key along (`jwk`, `jku`, `x5c` or `x5u`)")]
    EmbeddedKey,
    /// `epk` is no public key of the curve, or `apu`, `apv`, `iv` or `tag` are not what the algorithm needs.
    #[error("the header does not hold what its algorithm needs, or more than that")]
    Agreement,
    /// A part whose length the algorithm does not allow.
    #[error("a part of the encrypted token has a length that its algorithm does not allow")]
    Length,
}

/// An encrypted token whose tag nobody has checked.
#[derive(Clone, Debug)]
pub struct Envelope<'t> {
    /// The header, with nothing in it that is not understood or harmless.
    pub header: Map<String, Value>,
    /// The header as it was sent: what the tag covers beside the content (RFC 7516 §5.2).
    pub protected: &'t str,
    /// `alg`.
    pub algorithm: JweAlgorithm,
    /// `enc`.
    pub encryption: ContentEncryption,
    /// The encrypted key; empty for `ECDH-ES`.
    pub encrypted_key: Vec<u8>,
    /// The initialization vector.
    pub iv: Vec<u8>,
    /// The encrypted content.
    pub ciphertext: Vec<u8>,
    /// The authentication tag.
    pub tag: Vec<u8>,
}

impl Envelope<'_> {
    /// `kid` of the header.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    /// `cty` of the header.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.header.get("cty").and_then(Value::as_str)
    }

    /// The curve of `epk`.
    pub(super) fn curve(&self) -> Option<&str> {
        self.header.get("epk")?.get("crv")?.as_str()
    }
}

/// Whether a text has the five parts of an encrypted token, as a signed one has three.
#[must_use]
pub fn is_encrypted(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 4
}

/// `jti` in the header of an encrypted token that the provider made itself: where to look for what it remembers of it.
/// It proves nothing.
#[must_use]
pub fn claimed_id(token: &str) -> Option<String> {
    if token.len() > MAX_ENVELOPE || !is_encrypted(token) {
        return None;
    }
    let (header, _) = token.split_once('.')?;
    let header = strict_json::object(&URL_SAFE_NO_PAD.decode(header).ok()?)?;
    header.get("jti").and_then(Value::as_str).map(str::to_owned)
}

/// Reads an encrypted token that came from outside, without opening it.
///
/// # Errors
/// The first [`EnvelopeProblem`] found.
pub fn parse(token: &str) -> Result<Envelope<'_>, EnvelopeProblem> {
    if token.len() > MAX_ENVELOPE {
        return Err(EnvelopeProblem::TooLong);
    }
    let mut parts = token.split('.');
    let mut next = || parts.next().ok_or(EnvelopeProblem::Parts);
    let (protected, key, iv, ciphertext, tag) = (next()?, next()?, next()?, next()?, next()?);
    if parts.next().is_some() {
        return Err(EnvelopeProblem::Parts);
    }
    let header = strict_json::object(&decode(protected)?).ok_or(EnvelopeProblem::Json)?;
    let (algorithm, encryption) = gate(&header)?;
    let envelope = Envelope {
        encrypted_key: decode(key)?,
        iv: decode(iv)?,
        ciphertext: decode(ciphertext)?,
        tag: decode(tag)?,
        header,
        protected,
        algorithm,
        encryption,
    };
    if lengths_fit(&envelope) { Ok(envelope) } else { Err(EnvelopeProblem::Length) }
}

/// What a header may ask for. Nothing of it has reached a library before.
fn gate(header: &Map<String, Value>) -> Result<(JweAlgorithm, ContentEncryption), EnvelopeProblem> {
    let texts = ["alg", "enc", "kid", "typ", "cty"];
    if texts.iter().any(|name| header.get(*name).is_some_and(|value| !value.is_string())) {
        return Err(EnvelopeProblem::Header);
    }
    let has = |names: &[&str]| names.iter().any(|name| header.contains_key(*name));
    if has(&["zip"]) {
        return Err(EnvelopeProblem::Compressed);
    }
    if has(&["jwk", "jku", "x5c", "x5u"]) {
        return Err(EnvelopeProblem::EmbeddedKey);
    }
    let text = |name: &str| header.get(name).and_then(Value::as_str).ok_or(EnvelopeProblem::Header);
    let (alg, enc) = (text("alg")?, text("enc")?);
    if unsafe_jwe_algorithm(alg).is_some() || alg == JweAlgorithm::Dir.as_str() {
        return Err(EnvelopeProblem::UnsafeAlgorithm);
    }
    if has(&["crit", "b64", "p2s", "p2c"]) {
        return Err(EnvelopeProblem::Extension);
    }
    let algorithm = JweAlgorithm::parse(alg).ok_or(EnvelopeProblem::UnknownAlgorithm)?;
    let encryption = ContentEncryption::parse(enc).ok_or(EnvelopeProblem::UnknownAlgorithm)?;
    if agreement_fits(algorithm, header) {
        Ok((algorithm, encryption))
    } else {
        Err(EnvelopeProblem::Agreement)
    }
}

/// The members that belong to one algorithm stand in its headers, in their one form, and in no others.
fn agreement_fits(algorithm: JweAlgorithm, header: &Map<String, Value>) -> bool {
    let absent = |names: &[&str]| names.iter().all(|name| !header.contains_key(*name));
    let bytes = |name: &str, length: usize| has_bytes(header.get(name), length);
    let party = |name: &str| match header.get(name) {
        None => true,
        Some(Value::String(text)) => text.len() <= LONGEST_PARTY && URL_SAFE_NO_PAD.decode(text).is_ok(),
        Some(_) => false,
    };
    match algorithm {
        it if it.key_type() == Some(KeyType::Ec) => {
            absent(&["iv", "tag"])
                && party("apu")
                && party("apv")
                && header.get("epk").is_some_and(is_public_key)
        }
        JweAlgorithm::A128gcmkw | JweAlgorithm::A192gcmkw | JweAlgorithm::A256gcmkw => {
            absent(&["epk", "apu", "apv"]) && bytes("iv", 12) && bytes("tag", 16)
        }
        _ => absent(&["epk", "apu", "apv", "iv", "tag"]),
    }
}

/// Whether a value is the public half of a key on one of the three curves, and nothing else (RFC 7518 §4.6.1.1).
fn is_public_key(value: &Value) -> bool {
    let Some(members) = value.as_object() else { return false };
    let length = match members.get("crv").and_then(Value::as_str) {
        Some("P-256") => 32,
        Some("P-384") => 48,
        Some("P-521") => 66,
        _ => return false,
    };
    members.len() == 4
        && members.get("kty").is_some_and(|kty| kty == "EC")
        && ["x", "y"].iter().all(|name| has_bytes(members.get(*name), length))
}

fn has_bytes(value: Option<&Value>, length: usize) -> bool {
    let text = value.and_then(Value::as_str);
    text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).is_some_and(|bytes| bytes.len() == length)
}

/// A shorter tag is easier to guess, and libraries take it (RFC 7518 §5.2.2.2, §5.3).
fn lengths_fit(envelope: &Envelope<'_>) -> bool {
    let (algorithm, encryption) = (envelope.algorithm, envelope.encryption);
    let key = envelope.encrypted_key.len();
    let key_fits = match algorithm {
        JweAlgorithm::RsaOaep | JweAlgorithm::RsaOaep256 => (256..=2048).contains(&key),
        JweAlgorithm::EcdhEs | JweAlgorithm::Dir => key == 0,
        JweAlgorithm::A128gcmkw | JweAlgorithm::A192gcmkw | JweAlgorithm::A256gcmkw => {
            key == encryption.key_length()
        }
        _ => key == encryption.key_length() + 8,
    };
    let content = envelope.ciphertext.len();
    key_fits
        && envelope.iv.len() == encryption.iv_length()
        && envelope.tag.len() == encryption.tag_length()
        && if encryption.is_cbc() { content >= 16 && content.is_multiple_of(16) } else { content > 0 }
}

fn decode(part: &str) -> Result<Vec<u8>, EnvelopeProblem> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| EnvelopeProblem::Encoding)
}

#[cfg(test)]
mod tests;
