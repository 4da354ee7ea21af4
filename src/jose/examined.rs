//! What a key is, told without making it ready to sign: keys of clients, and keys of the provider that encrypt.

use openssl::pkey::{HasPublic, PKeyRef};
use serde_json::{Map, Value};

use super::algorithm::{KeyType, SignatureAlgorithm};
use super::key::{KeyProblem, default_kid, fits, is_key_id, public_members};
use super::{certificate, pem};

/// A key that was looked at.
#[derive(Clone, Debug)]
pub struct Examined {
    members: Map<String, Value>,
    algorithm: SignatureAlgorithm,
    family: &'static str,
    spki: Vec<u8>,
}

impl Examined {
    /// Reads a public key from PEM (PKCS #1 or SubjectPublicKeyInfo) and holds a certificate chain against it, valid at
    /// `now` in seconds since the epoch.
    ///
    /// # Errors
    /// A [`KeyProblem`] that never shows the key.
    pub fn public(pem: &str, chain: Option<&str>, now: i64) -> Result<Self, KeyProblem> {
        let key = pem::public_key(pem)?;
        Self::of(&key, chain, now)
    }

    /// Reads a private key from PEM (PKCS #1, PKCS #8 or SEC 1), as [`Self::public`] does.
    ///
    /// # Errors
    /// A [`KeyProblem`] that never shows the key.
    pub fn private(pem: &str, chain: Option<&str>, now: i64) -> Result<Self, KeyProblem> {
        let key = pem::private_key(pem)?;
        Self::of(&key, chain, now)
    }

    pub(super) fn of<T: HasPublic>(
        key: &PKeyRef<T>,
        chain: Option<&str>,
        now: i64,
    ) -> Result<Self, KeyProblem> {
        let (members, algorithm, family) = public_members(key)?;
        if let Some(chain) = chain {
            certificate::checked(chain, key, now)?;
        }
        let spki = key.public_key_to_der().map_err(|_| KeyProblem::Damaged)?;
        Ok(Self { members, algorithm, family, spki })
    }

    /// The public members (RFC 7518 §6).
    pub(super) const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// The public key as SubjectPublicKeyInfo in DER (RFC 5280 §4.1).
    pub(super) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The algorithm such a key signs with when none is named: `RS256`, or the one of its curve.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The family of the key.
    #[must_use]
    pub const fn key_type(&self) -> KeyType {
        self.algorithm.key_type()
    }

    /// Whether signatures of an algorithm can come from this key.
    ///
    /// # Errors
    /// [`KeyProblem::AlgorithmMismatch`].
    pub fn fits(&self, algorithm: SignatureAlgorithm) -> Result<(), KeyProblem> {
        fits(algorithm, self.algorithm, self.family)
    }

    /// The `kid`: the one that was given, or one made of the thumbprint and the name of an algorithm.
    ///
    /// # Errors
    /// [`KeyProblem::KeyId`] when the given one has a character that is not allowed, or too many.
    pub fn key_id(&self, given: Option<&str>, algorithm: &str) -> Result<String, KeyProblem> {
        match given {
            Some(kid) if is_key_id(kid) => Ok(kid.to_owned()),
            Some(_) => Err(KeyProblem::KeyId),
            None => default_kid(&self.members, algorithm),
        }
    }
}

#[cfg(test)]
mod tests {
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;

    use super::super::test_keys::{p256, rsa, rsa_pem};
    use super::*;

    fn public_pem() -> String {
        let key = PKey::private_key_from_pem(rsa_pem().as_bytes()).unwrap();
        String::from_utf8(key.public_key_to_pem().unwrap()).unwrap()
    }

    #[test]
    fn both_forms_of_a_public_key_are_read_and_nothing_private() {
        let key = Examined::public(&public_pem(), None, 0).unwrap();
        assert_eq!((key.key_type(), key.algorithm()), (KeyType::Rsa, SignatureAlgorithm::Rs256));
        let rsa = Rsa::private_key_from_pem(rsa_pem().as_bytes()).unwrap();
        let pkcs1 = String::from_utf8(rsa.public_key_to_pem_pkcs1().unwrap()).unwrap();
        assert!(pkcs1.contains("RSA PUBLIC KEY") && Examined::public(&pkcs1, None, 0).is_ok());
        let problem = |pem: &str| Examined::public(pem, None, 0).unwrap_err();
        assert_eq!(problem(rsa_pem()), KeyProblem::PrivateKey);
        assert_eq!(problem("ssh-rsa AAAA"), KeyProblem::NotPublicPem);
        assert_eq!(problem(&public_pem().repeat(2)), KeyProblem::MoreThanOnePublic);
        assert_eq!(problem(&public_pem().replacen("MII", "!!!", 1)), KeyProblem::Damaged);
        assert_eq!(
            problem("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"),
            KeyProblem::CertificateForPublic
        );
    }

    #[test]
    fn small_and_strange_keys_are_refused() {
        let small = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
        let small = String::from_utf8(small.public_key_to_pem().unwrap()).unwrap();
        assert_eq!(Examined::public(&small, None, 0).unwrap_err(), KeyProblem::TooSmall { bits: 1024 });
        let strange = PKey::generate_ed25519().unwrap();
        let strange = String::from_utf8(strange.public_key_to_pem().unwrap()).unwrap();
        assert_eq!(
            Examined::public(&strange, None, 0).unwrap_err(),
            KeyProblem::UnsupportedKey { family: "Ed25519" }
        );
    }

    #[test]
    fn the_key_id_is_the_given_one_or_made_of_the_thumbprint() {
        let key = Examined::private(rsa_pem(), None, 0).unwrap();
        assert_eq!(key.key_id(None, "RS256").unwrap(), rsa().kid());
        let made = key.key_id(None, "ECDH-ES+A256KW").unwrap();
        assert!(made.ends_with("-ecdh-es.a256kw") && made.len() == 7 + 15, "{made}");
        assert_eq!(key.key_id(Some("mine"), "RS256").unwrap(), "mine");
        assert_eq!(key.key_id(Some("-mine"), "RS256"), Err(KeyProblem::KeyId));
        assert!(key.fits(SignatureAlgorithm::Ps512).is_ok());
        assert!(key.fits(p256().algorithm()).is_err());
    }
}
