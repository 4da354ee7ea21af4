//! Public keys of somebody else: those that a client signs with, and those that one encrypts to for it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jws::JwsVerifier;
use openssl::bn::{BigNum, BigNumRef};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use serde_json::{Map, Value};

use super::algorithm::{KeyType, SignatureAlgorithm, signature_fits};
use super::encrypt::{EncryptProblem, Encrypter};
use super::examined::Examined;
use super::jwe_algorithm::{ContentEncryption, JweAlgorithm};

/// What a key is for (`use`, RFC 7517 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// `sig`.
    Signature,
    /// `enc`.
    Encryption,
}

/// A public key with what is said of it. Its verifiers are built once.
pub struct PublicKey {
    kid: Option<String>,
    key_use: Option<KeyUse>,
    alg: Option<String>,
    key_type: KeyType,
    members: Map<String, Value>,
    spki: Vec<u8>,
    verifiers: Vec<(SignatureAlgorithm, Box<dyn JwsVerifier>)>,
}

impl PublicKey {
    /// A key with what is said of it; where nothing is said of `use` or `alg`, it serves for everything that it fits.
    #[must_use]
    pub fn new(examined: &Examined, kid: Option<&str>, key_use: Option<KeyUse>, alg: Option<&str>) -> Self {
        let verifiers = SignatureAlgorithm::ALL
            .into_iter()
            .filter(|_| key_use != Some(KeyUse::Encryption))
            .filter(|algorithm| alg.is_none_or(|alg| alg == algorithm.as_str()))
            .filter(|algorithm| examined.fits(*algorithm).is_ok())
            .filter_map(|algorithm| Some((algorithm, algorithm.verifier(examined.spki())?)))
            .collect();
        Self {
            kid: kid.map(str::to_owned),
            key_use,
            alg: alg.map(str::to_owned),
            key_type: examined.key_type(),
            members: examined.members().clone(),
            spki: examined.spki().to_vec(),
            verifiers,
        }
    }

    /// A JWK as somebody else writes it (RFC 7517 §4). None when it is of a kind that is not known here, lacks members
    /// or has ones outside of what is taken: such a key is left out of its set (RFC 7517 §5).
    pub(super) fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| match jwk.get(name) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(text.as_str())),
            Some(_) => None,
        };
        let (kid, alg) = (text("kid")?, text("alg")?);
        let named = match text("use")? {
            None => None,
            Some("sig") => Some(KeyUse::Signature),
            Some("enc") => Some(KeyUse::Encryption),
            Some(_) => return None,
        };
        let key_use = match jwk.get("key_ops") {
            None => named,
            Some(operations) => {
                let verifies = operations.as_array()?.iter().any(|operation| operation == "verify");
                let by_operations = if verifies { KeyUse::Signature } else { KeyUse::Encryption };
                // RFC 7517 §4.3: the two must agree.
                if named.is_some_and(|named| named != by_operations) {
                    return None;
                }
                Some(by_operations)
            }
        };
        let key = match text("kty")?? {
            "RSA" => rsa(jwk)?,
            "EC" => elliptic(jwk)?,
            _ => return None,
        };
        let examined = Examined::of(&key, None, 0).ok()?;
        Some(Self::new(&examined, kid, key_use, alg))
    }

    /// `kid`.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// `use`; none when nothing is said of it, and it serves for both.
    #[must_use]
    pub const fn key_use(&self) -> Option<KeyUse> {
        self.key_use
    }

    /// `alg`, of a key that encrypts too; none when nothing is said of it.
    #[must_use]
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The family.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The members of the key itself: `kty` with `n` and `e`, or with `crv`, `x` and `y` (RFC 7518 §6).
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// Whether it can be encrypted to by an algorithm.
    #[must_use]
    pub fn encrypts_with(&self, algorithm: JweAlgorithm) -> bool {
        self.key_use != Some(KeyUse::Signature)
            && algorithm.key_type() == Some(self.key_type)
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm.as_str())
    }

    /// What encrypts to it.
    ///
    /// # Errors
    /// [`EncryptProblem::Key`] when the key does not fit.
    pub fn encrypter(
        &self,
        algorithm: JweAlgorithm,
        encryption: ContentEncryption,
    ) -> Result<Encrypter, EncryptProblem> {
        if !self.encrypts_with(algorithm) {
            return Err(EncryptProblem::Key { algorithm });
        }
        Encrypter::to_public_key(algorithm, encryption, &self.spki, self.kid.as_deref())
    }

    /// Whether signatures of an algorithm may come from this key.
    #[must_use]
    pub fn signs_with(&self, algorithm: SignatureAlgorithm) -> bool {
        self.verifiers.iter().any(|(known, _)| *known == algorithm)
    }

    /// Whether this key has made `signature` over `message` with an algorithm it is for.
    #[must_use]
    pub fn verifies(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let verifier = self.verifiers.iter().find(|(known, _)| *known == algorithm);
        verifier.is_some_and(|(_, verifier)| signature_fits(&**verifier, algorithm, message, signature))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {:?}, {:?})", self.kid, self.key_use, self.alg)
    }
}

/// RFC 7518 §6.3.1.
fn rsa(jwk: &Map<String, Value>) -> Option<PKey<Public>> {
    let number = |name: &str| BigNum::from_slice(&bytes(jwk, name)?).ok();
    let (n, e) = (number("n")?, number("e")?);
    // What OpenSSL would refuse at each verification; an even exponent is no RSA.
    if n.num_bits() > LARGEST_RSA || e.num_bits() > LARGEST_EXPONENT || !e.is_bit_set(0) || !n.is_bit_set(0) {
        return None;
    }
    PKey::from_rsa(Rsa::from_public_components(n, e).ok()?).ok()
}

/// The largest RSA key that is read from a document, in bits: a longer one would only cost time.
const LARGEST_RSA: i32 = 8192;
/// The largest public exponent, in bits.
const LARGEST_EXPONENT: i32 = 64;

/// RFC 7518 §6.2.1: coordinates have the full length of the curve, and the point lies on it.
fn elliptic(jwk: &Map<String, Value>) -> Option<PKey<Public>> {
    let (curve, length) = match jwk.get("crv")?.as_str()? {
        "P-256" => (Nid::X9_62_PRIME256V1, 32),
        "P-384" => (Nid::SECP384R1, 48),
        "P-521" => (Nid::SECP521R1, 66),
        _ => return None,
    };
    let coordinate = |name: &str| {
        let bytes = bytes(jwk, name).filter(|bytes| bytes.len() == length)?;
        BigNum::from_slice(&bytes).ok()
    };
    let (x, y): (BigNum, BigNum) = (coordinate("x")?, coordinate("y")?);
    let (x, y): (&BigNumRef, &BigNumRef) = (&x, &y);
    let key =
        EcKey::from_public_key_affine_coordinates(&*EcGroup::from_curve_name(curve).ok()?, x, y).ok()?;
    PKey::from_ec_key(key).ok()
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok()
}
