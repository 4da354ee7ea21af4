//! Keys, key sets, signed and encrypted tokens. Knows no OAuth.

pub mod algorithm;
mod certificate;
pub mod compact;
pub mod decrypt;
mod decryption_key;
pub mod encrypt;
pub mod envelope;
pub mod examined;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod generate;
#[cfg(test)]
mod hostile;
pub mod jwe_algorithm;
pub mod jws_algorithm;
pub mod key;
pub mod keyset;
pub mod mac;
mod pem;
pub mod public_key;
pub mod public_key_set;
#[cfg(test)]
mod standard_examples;
pub mod strict_json;
#[cfg(test)]
pub(crate) mod test_keys;
pub mod thumbprint;
pub mod verify;

pub use algorithm::{KeyType, SignatureAlgorithm};
pub use certificate::{certificate_validity, certificates_in_pem};
pub use compact::{ParseProblem, Unverified};
pub use decrypt::{DecryptProblem, Decrypter};
pub use decryption_key::DecryptionKey;
pub use encrypt::{EncryptProblem, Encrypter};
pub use examined::Examined;
pub use generate::{Curve, GeneratedPair, generate_ecdsa_pem, generate_rsa_pem};
pub use jwe_algorithm::{ContentEncryption, JweAlgorithm, unsafe_jwe_algorithm};
pub use jws_algorithm::{JwsAlgorithm, MacAlgorithm};
pub use key::{KeyOptions, KeyProblem, KeyState, SignProblem, SigningKey};
pub use keyset::{KeySet, KeySetProblem};
pub use mac::{MacKey, MacKeys};
pub use public_key::{KeyUse, PublicKey};
pub use public_key_set::{JwkSetProblem, PublicKeySet, SignatureProblem};
pub use verify::{ClaimProblem, VerifyProblem, audience, numeric_date};
