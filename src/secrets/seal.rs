//! Sealing of what must not be read: from the database, seeds of one-time codes; on its way through a browser, what a
//! relying party sent; and stand-ins for what is only compared.
//!
//! A sealed text is base64url(version 1 ‖ 4 bytes that name the key ‖ 12 bytes of nonce ‖ AES-256-GCM ‖ 16 bytes
//! of tag). The context is bound in, so a text moved to another row or column does not open.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::mac::{derive_key, hmac_sha256};
use super::random::random_bytes;

const VERSION: u8 = 1;
const KEY_NAME: usize = 4;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Why a text could not be sealed or opened. Carries nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealProblem {
    /// Not a sealed text of a known version.
    #[error("the stored value is not a sealed value of this version")]
    Malformed,
    /// Sealed under another key.
    #[error("the stored value was sealed with another storage.encryption_key")]
    OtherKey,
    /// The tag does not fit: edited, or moved from another row.
    #[error("the stored value was changed or moved from another row")]
    NotAuthentic,
    /// The cipher itself failed.
    #[error("the cipher failed")]
    Cipher,
}

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    key: Zeroizing<[u8; 32]>,
    stand_ins: Zeroizing<[u8; 32]>,
    name: [u8; KEY_NAME],
}

impl Sealer {
    /// For what is stored: with the key made from `storage.encryption_key`.
    #[must_use]
    pub fn new(encryption_key: &SecretString) -> Self {
        Self::labelled(encryption_key, "signet seal v1")
    }

    /// For what leaves and comes back: with a key made from `hmac_secret`. Strangers have as much sealed with it as they
    /// like, which the key of what is stored must not bear.
    #[must_use]
    pub fn of_travellers(hmac_secret: &SecretString) -> Self {
        Self::labelled(hmac_secret, "signet traveller v1")
    }

    fn labelled(encryption_key: &SecretString, label: &str) -> Self {
        let key = Zeroizing::new(derive_key(encryption_key, label));
        let mut name = [0; KEY_NAME];
        for (slot, byte) in name.iter_mut().zip(hmac_sha256(key.as_slice(), &[b"name"])) {
            *slot = byte;
        }
        let stand_ins = Zeroizing::new(derive_key(encryption_key, "signet stand-in v1"));
        Self { key, stand_ins, name }
    }

    /// Seals `plaintext` for the place that `context` names (`table|column|row id`).
    ///
    /// # Errors
    /// [`SealProblem::Cipher`] when the cipher fails.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Result<String, SealProblem> {
        let nonce = random_bytes::<NONCE>();
        let mut tag = [0; TAG];
        let cipher = Cipher::aes_256_gcm();
        let ciphertext =
            encrypt_aead(cipher, self.key.as_slice(), Some(&nonce), context.as_bytes(), plaintext, &mut tag)
                .map_err(|_| SealProblem::Cipher)?;
        let whole = [&[VERSION], self.name.as_slice(), &nonce, &ciphertext, &tag].concat();
        Ok(URL_SAFE_NO_PAD.encode(whole))
    }

    /// What is stored in the place of a text that must not be: always the same for one text, and nothing can be guessed
    /// from it without the key.
    #[must_use]
    pub fn stand_in(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac_sha256(self.stand_ins.as_slice(), &[text.as_bytes()]))
    }

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// Every [`SealProblem`].
    pub fn open(&self, context: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealProblem> {
        let whole = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealProblem::Malformed)?;
        let (version, rest) = whole.split_first().ok_or(SealProblem::Malformed)?;
        let (name, rest) = rest.split_first_chunk::<KEY_NAME>().ok_or(SealProblem::Malformed)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(SealProblem::Malformed)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(SealProblem::Malformed)?;
        if *version != VERSION {
            return Err(SealProblem::Malformed);
        }
        if *name != self.name {
            return Err(SealProblem::OtherKey);
        }
        let cipher = Cipher::aes_256_gcm();
        decrypt_aead(cipher, self.key.as_slice(), Some(nonce), context.as_bytes(), ciphertext, tag)
            .map(Zeroizing::new)
            .map_err(|_| SealProblem::NotAuthentic)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealer(secret: &str) -> Sealer {
        Sealer::new(&SecretString::from(secret))
    }

    #[test]
    fn a_stand_in_is_one_for_each_text_and_key() {
        let stand_in = sealer("the encryption key of a test").stand_in("hunter2");
        assert_eq!(stand_in, sealer("the encryption key of a test").stand_in("hunter2"));
        assert_ne!(stand_in, sealer("the encryption key of a test").stand_in("hunter3"));
        assert_ne!(stand_in, sealer("another encryption key of a test").stand_in("hunter2"));
    }

    #[test]
    fn what_travels_has_another_key_than_what_is_stored_whatever_the_secrets_are() {
        let secret = SecretString::from("one secret for both");
        let (stored, travelling) = (Sealer::new(&secret), Sealer::of_travellers(&secret));
        let sealed = travelling.seal("here", b"text").unwrap();
        assert_eq!(travelling.open("here", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(stored.open("here", &sealed), Err(SealProblem::OtherKey));
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealer = sealer("the encryption key of a test");
        let sealed = sealer.seal("signet_totp|secret|1", b"seed").unwrap();
        assert_eq!(sealer.open("signet_totp|secret|1", &sealed).unwrap().as_slice(), b"seed");
        assert_eq!(sealer.open("signet_totp|secret|2", &sealed), Err(SealProblem::NotAuthentic));
        assert!(!sealed.contains("seed"));
    }

    #[test]
    fn another_key_is_named_as_the_reason() {
        let sealed = sealer("one key").seal("here", b"seed").unwrap();
        assert_eq!(sealer("two keys").open("here", &sealed), Err(SealProblem::OtherKey));
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let sealer = sealer("one key");
        assert_ne!(sealer.seal("here", b"seed").unwrap(), sealer.seal("here", b"seed").unwrap());
        let empty = sealer.seal("here", b"").unwrap();
        assert_eq!(sealer.open("here", &empty).unwrap().as_slice(), b"");
    }

    proptest! {
        #[test]
        fn any_edited_byte_is_noticed(at in 0_usize..200, bit in 0_u8..8, text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let sealer = sealer("one key");
            let mut bytes = URL_SAFE_NO_PAD.decode(sealer.seal("here", &text).unwrap()).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(sealer.open("here", &URL_SAFE_NO_PAD.encode(bytes)).is_err());
        }

        #[test]
        fn nothing_that_is_stored_panics(text in ".{0,80}") {
            prop_assert!(sealer("one key").open("here", &text).is_err());
        }
    }
}
