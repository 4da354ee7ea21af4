//! All the keys of the provider.

use std::collections::HashMap;

use serde_json::json;

use super::algorithm::SignatureAlgorithm;
use super::decryption_key::DecryptionKey;
use super::key::SigningKey;

/// Why keys make no set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetProblem {
    /// Two keys with one `kid`.
    #[error("two keys have the key id `{kid}`; give one of them another `key_id`")]
    DuplicateKeyId {
        /// The id.
        kid: String,
    },
}

/// Keys in the order of the configuration, and their JWK Set document.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<SigningKey>,
    decrypting: Vec<DecryptionKey>,
    by_kid: HashMap<String, usize>,
    jwks: String,
}

impl KeySet {
    /// Joins keys.
    ///
    /// # Errors
    /// [`KeySetProblem::DuplicateKeyId`].
    pub fn new(keys: Vec<SigningKey>) -> Result<Self, KeySetProblem> {
        let mut by_kid = HashMap::new();
        for (position, key) in keys.iter().enumerate() {
            if by_kid.insert(key.kid().to_owned(), position).is_some() {
                return Err(KeySetProblem::DuplicateKeyId { kid: key.kid().to_owned() });
            }
        }
        let mut set = Self { keys, decrypting: Vec::new(), by_kid, jwks: String::new() };
        set.jwks = set.document();
        Ok(set)
    }

    /// Adds keys that others encrypt to. Their ids are counted apart: `use` tells two keys of one id from each other.
    ///
    /// # Errors
    /// [`KeySetProblem::DuplicateKeyId`].
    pub fn with_decryption(mut self, keys: Vec<DecryptionKey>) -> Result<Self, KeySetProblem> {
        for key in keys {
            if self.decrypting.iter().any(|other| other.kid() == key.kid()) {
                return Err(KeySetProblem::DuplicateKeyId { kid: key.kid().to_owned() });
            }
            self.decrypting.push(key);
        }
        self.jwks = self.document();
        Ok(self)
    }

    fn document(&self) -> String {
        let signing = self.keys.iter().map(SigningKey::public_jwk);
        let decrypting = self.decrypting.iter().filter(|key| key.published()).map(DecryptionKey::public_jwk);
        json!({ "keys": signing.chain(decrypting).collect::<Vec<_>>() }).to_string()
    }

    /// The first key of an algorithm that signs: the one that signs with it.
    #[must_use]
    pub fn for_algorithm(&self, algorithm: SignatureAlgorithm) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.signs() && key.algorithm() == algorithm)
    }

    /// The key with this id.
    #[must_use]
    pub fn by_kid(&self, kid: &str) -> Option<&SigningKey> {
        self.by_kid.get(kid).and_then(|position| self.keys.get(*position))
    }

    /// The algorithms that have a key that signs, each once, in the order of [`SignatureAlgorithm::ALL`].
    #[must_use]
    pub fn algorithms(&self) -> Vec<SignatureAlgorithm> {
        SignatureAlgorithm::ALL.into_iter().filter(|it| self.for_algorithm(*it).is_some()).collect()
    }

    /// The keys in the order of the configuration.
    #[must_use]
    pub fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    /// The keys that decrypt, in the order of the configuration.
    #[must_use]
    pub fn decryption_keys(&self) -> &[DecryptionKey] {
        &self.decrypting
    }

    /// The JWK Set document (RFC 7517 §5), prepared once.
    #[must_use]
    pub fn jwks_json(&self) -> &str {
        &self.jwks
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::key::{KeyOptions, KeyState};
    use super::super::test_keys::{p256, rsa, rsa_pem};
    use super::*;

    #[test]
    fn the_first_key_of_an_algorithm_is_its_default() {
        let options = KeyOptions { key_id: Some("second"), ..KeyOptions::at(0) };
        let second = SigningKey::from_pem(rsa_pem(), &options).unwrap();
        let set = KeySet::new(vec![p256(), rsa(), second]).unwrap();
        let first = set.for_algorithm(SignatureAlgorithm::Rs256).unwrap();
        assert_ne!(first.kid(), "second");
        assert_eq!(set.by_kid("second").unwrap().kid(), "second");
        assert_eq!(set.algorithms(), [SignatureAlgorithm::Rs256, SignatureAlgorithm::Es256]);
        assert!(set.for_algorithm(SignatureAlgorithm::Ps256).is_none());
        assert_eq!(set.keys().len(), 3);
    }

    #[test]
    fn a_key_that_does_not_sign_is_published_and_verifies() {
        let of = |key_id, state| {
            SigningKey::from_pem(rsa_pem(), &KeyOptions { key_id: Some(key_id), state, ..KeyOptions::at(0) })
                .unwrap()
        };
        let keys = [("next", KeyState::Publish), ("present", KeyState::Sign), ("former", KeyState::Retire)];
        let set = KeySet::new(keys.map(|(kid, state)| of(kid, state)).into()).unwrap();
        assert_eq!(set.for_algorithm(SignatureAlgorithm::Rs256).unwrap().kid(), "present");
        assert_eq!(set.jwks_json().matches("\"kid\"").count(), 3);
        for kid in ["next", "former"] {
            let token = set.by_kid(kid).unwrap().sign("JWT", &json!({"sub": "alice"})).unwrap();
            assert!(set.verify(&token, &["JWT"]).is_ok(), "{kid}");
        }
        let unsigning = KeySet::new(vec![of("next", KeyState::Publish)]).unwrap();
        assert!(unsigning.for_algorithm(SignatureAlgorithm::Rs256).is_none());
        assert!(unsigning.algorithms().is_empty());
    }

    #[test]
    fn two_keys_with_one_id_are_refused() {
        let problem = KeySet::new(vec![rsa(), rsa()]).unwrap_err();
        let kid = rsa().kid().to_owned();
        assert_eq!(problem, KeySetProblem::DuplicateKeyId { kid });
    }

    #[test]
    fn the_document_holds_public_members_only() {
        let set = KeySet::new(vec![rsa(), p256()]).unwrap();
        let document: Value = serde_json::from_str(set.jwks_json()).unwrap();
        let keys = document.get("keys").unwrap().as_array().unwrap();
        assert_eq!(keys.len(), 2);
        for jwk in keys {
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(jwk.get(private).is_none(), "{private}");
            }
        }
    }
}
