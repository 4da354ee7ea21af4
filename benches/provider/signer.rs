//! What signatures cost with the signer that Signet keeps for the life of a key: josekit's, called by nothing else.

use std::time::{Duration, Instant};

use josekit::jws::{ES256, JwsSigner, RS256};
use signet::jose::{Curve, generate_ecdsa_pem, generate_rsa_pem};

use crate::Outcome;
use crate::openssl::Signature;

/// How long each is measured.
const WINDOW: Duration = Duration::from_millis(1000);
/// About as long as what is signed for an access token.
const MESSAGE: [u8; 600] = [b'a'; 600];

/// Signatures per second of one thread.
#[derive(Clone, Copy)]
pub struct Kept {
    rs256: f64,
    es256: f64,
}

impl Kept {
    /// Of one algorithm.
    pub fn of(&self, signature: Signature) -> f64 {
        match signature {
            Signature::Rs256 => self.rs256,
            Signature::Es256 => self.es256,
        }
    }

    /// The better of two runs: others use the machine too.
    pub fn faster(self, other: Self) -> Self {
        Self { rs256: self.rs256.max(other.rs256), es256: self.es256.max(other.es256) }
    }
}

/// Signs for a second with each algorithm.
pub fn speed() -> Outcome<Kept> {
    let rsa = RS256.signer_from_pem(generate_rsa_pem(2048)?.private.as_bytes())?;
    let ec = ES256.signer_from_pem(generate_ecdsa_pem(Curve::P256)?.private.as_bytes())?;
    Ok(Kept { rs256: rate(&rsa)?, es256: rate(&ec)? })
}

fn rate(signer: &dyn JwsSigner) -> Outcome<f64> {
    let begun = Instant::now();
    let mut signed = 0_u32;
    while begun.elapsed() < WINDOW {
        signer.sign(&MESSAGE)?;
        signed += 1;
    }
    Ok(f64::from(signed) / begun.elapsed().as_secs_f64())
}
