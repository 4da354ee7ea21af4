//! Keys that nobody has: an assertion of a client that is unknown, or has no key that fits, costs what another costs.

use crate::jose::{Examined, MacKeys, PublicKey, PublicKeySet, SignatureAlgorithm, Unverified};
use crate::secrets::random::random_token;

/// A public key of each kind. Their private halves were never kept; and nothing that verifies with them is believed.
const PUBLIC: &str = include_str!("stand_in.pem");
const END: &str = "-----END PUBLIC KEY-----";

/// One key of each kind.
pub struct StandIn {
    pub(super) secret: MacKeys,
    keys: PublicKeySet,
}

impl StandIn {
    /// Makes them ready.
    pub fn new() -> Self {
        let blocks = PUBLIC.split_inclusive(END).filter(|block| block.ends_with(END));
        let keys = blocks.filter_map(|pem| Examined::public(pem, None, 0).ok());
        Self {
            secret: MacKeys::new(&random_token(32).into()),
            keys: PublicKeySet::new(keys.map(|key| PublicKey::new(&key, None, None, None)).collect()),
        }
    }

    /// Verifies in vain.
    pub(super) fn verify(&self, token: &Unverified<'_>, algorithm: SignatureAlgorithm) {
        let key = self.keys.keys().iter().find(|key| key.signs_with(algorithm));
        // What comes of it does not matter, and must not be optimised away.
        std::hint::black_box(
            key.map(|key| key.verifies(algorithm, token.signing_input.as_bytes(), &token.signature)),
        );
    }
}

impl Default for StandIn {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_key_for_every_algorithm() {
        let stand_in = StandIn::new();
        for algorithm in SignatureAlgorithm::ALL {
            let fit = stand_in.keys.keys().iter().filter(|key| key.signs_with(algorithm));
            assert_eq!(fit.count(), 1, "{algorithm}");
        }
    }
}
